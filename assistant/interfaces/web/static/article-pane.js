// Runs where Gradio mounts the articles that are read. Gradio would patch what is there in place: marks would be lost or stay on other
// words, and no script could tell that other articles came. So they are put in anew here, and `articles` tells it; `detail`: whether
// they are others than before.
const drawn = () => element.querySelector(".panes")?.dataset.articles;
const draw = () => {
  const before = drawn();
  element.innerHTML = props.value;
  document.dispatchEvent(new CustomEvent("articles", { detail: before !== undefined && before !== drawn() }));
};
watch("value", draw);
draw();
