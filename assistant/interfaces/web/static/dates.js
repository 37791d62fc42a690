// Days in the reader's language, in the order of day and month that is usual where the reader is.
(() => {
  const localeOf = (language) => (language === "ar" ? "ar-u-nu-latn" : (navigator.languages || []).find((one) => one.startsWith(language)) || language);
  window.showDays = (root = document) => {
    const locale = localeOf(window.languageOfPage());
    for (const time of root.querySelectorAll("time.day")) {
      const day = new Date(`${time.dateTime}T12:00`);
      if (!Number.isNaN(day.getTime())) time.textContent = day.toLocaleDateString(locale, { dateStyle: "long" });
    }
  };
  document.addEventListener("language", () => window.showDays());
})();
