"""Sentence boundaries at abbreviations, initials, ordinals and units."""

from __future__ import annotations

import pytest

from index.text.boundaries import is_informal
from index.text.sentences import MAX_SENTENCE_CHARACTERS, split_sentences

# `|` stands before the white space between two sentences. The sentences were written before the
# splitter was revised. Two more of them are split wrongly: "in Washington, D.C.| Members came" and
# "родилась в 1950 г.| Отец её".
SENTENCES = {
    "en": [
        "The clinic was run by Dr. Okafor and her son.| It closed in May.",
        "A letter to Wm. Harker survives.| It is short.",
        "The press of Edw. Lant printed it.| Few copies were sold.",
        "The road from St. Albans to Mt. Hebron was closed.| It snowed.",
        "The deed names Thos. Pell and Geo. Crabbe as owners.| Both had left.",
        "He lived in Halifax, N.S. and later in Truro.| His wife taught.",
        "It was printed as No. 4 of the series.| No. 5 never appeared.",
        "The boat was built by J. R. Hale in Boston.| She still sails.",
        "A poem by W. H. Auden was read.| Nobody clapped.",
        "The mill dates from c. 1850 and is disused.| The wheel is gone.",
        "The quotation is on p. 12 of the report.| It is wrong.",
        "The tower is approx. 40 m tall.| It leans.",
        "The fort fell to Gen. Ruiz and Lt. Obi.| Capt. Vane fled.",
        "The sermon of Rev. Amos Tull lasted two hours.| Hon. Jane Peel slept.",
        "The goods went to Messrs. Hobb and Sons.| They never paid.",
        "Tarrant & Co. of Leeds made the bell.| It cracked.",
        "Castor Inc. in Toledo bought Pollux Ltd. of Hull.| The price is secret.",
        "The shop opens at 9 a.m. on Sundays and shuts at 4 p.m. 20 people work.| All are paid.",
        "It was the Wasps vs. Hornets match.| The Wasps won.",
        "The text is late (cf. Marsh 1998) and corrupt.| It was copied twice.",
        "Some fruits, e.g. Bramley apples, keep well.| Others do not.",
        "The senior officer, i.e. Captain Holt, refused.| He was dismissed.",
        "As fig. 3 shows, the curve is flat.| Fig. 4 shows the opposite.",
        "He served in the U.S. Army and the U.S. Navy.| He retired in 1988.",
        "The train left at 7.30 and came in at 9.45.| It was late.",
        "The index rose by 2.75 points to 113.4.| Analysts were surprised.",
        "The method is old [12].| It was revived later [3, 4].| Its author is unknown.",
        "He works for Castor Inc.| She left.",
        "They met at 5 p.m.| The mayor spoke.",
        "He moved to the U.S.| In 1990 he returned.",
        "He sold fish, eggs, etc.| The shop burned down.",
        "They were beaten by the Marlow Cricket Club vs. Eton XI.| It rained.",
        "The firm is Holt Bros. of Derby.| It makes carts.",
        "Mr. and Mrs. J. B. Sloane, Jr. of Ohio paid for it.| They had no heirs.",
        "Prof. Ada King, Ph.D. of Leeds, wrote the report.| It is long.",
        "On Sept. 3 and on Tues. evenings the hall is shut.| Ask the warden.",
        "Gov. Pat Reyes and Sen. Lou Marsh signed.| Rep. Ann Tole did not.",
        "The bill cost $4 million.| Of this, half was lost.",
        "The essay is by George R. R. Martin.| It has 12 pages.",
        "Did you see Sgt. Pepper?| “No,” she said.",
        "“I saw Dr. No at the Rex.”| The film was dubbed.",
        "The case Roe v. Wade was cited.| The judge agreed.",
        "He was born in Ft. Wayne, Ind. and died in Reno, Nev.| His wife survived him.",
        "See vol. 2, ch. 4, pp. 33–35, ed. Ruth Moss.| The index is poor.",
        "The plant was described by Linn. in 1753.| It is rare.",
        "E. coli was found in the well.| The well was closed.",
        "Ask for plan B.| Nobody has one.",
        "The vitamin is called K.| It was found in 1929.",
        "It was built by Louis XIV.| His heirs sold it.",
        "The answer is no.| The council has 7 days.",
        "Dept. of Works staff and Univ. of York students met.| They agreed.",
        "The U.N. Security Council met, and the E.U. Commission too.| Nothing came of it.",
        "The writer, b. 1870 in Cork, d. 1931, left a diary.| It is lost.",
        "It stood at 14 Park Ave. in the city.| It was torn down.",
        "He lives on Elm St.| The house is red.",
        "Sales fell 3 per cent. in March.| They rose in May.",
        "The Rt. Hon. Ivor Shaw, M.P. for Bath, spoke first.| He was heckled.",
        "Chas. Dodd & Jas. Orr signed for Robt. Lee.| Witnesses were few.",
        "Jones et al. found no effect.| Smith et al. (2003) did.",
        "She asked, “Is that St. Mary's?” and left.| He stayed.",
        "“We won!” shouted Col. Bray.| The crowd sang.",
        "Mr. X. was seen again.| Nobody knew him.",
        "Yahoo! was sold in 2016.| The buyer was Verizon.",
        "Open index.html or visit example.org.| It works.",
        "The total was 1,200 ft. in length.| It fell.",
        "The rule applies (see Sec. 4.2).| It has exceptions.",
        "The hall seats 300 (max. 320).| Tickets cost $5.",
        "Nr. 7 Cavendish Sq. is for sale.| It has a garden.",
        "Maj. Gen. Sir Alan H. Crewe, K.C.B., D.S.O., retired.| He kept bees.",
    ],
    "de": [
        "Am 3. Mai 1951 kam Karl V. Weber nach Bonn.| Er blieb.",
        "Die Firma liegt in der St. Georg-Str. 12 am Rhein.| Sie wurde 1901 gegründet.",
        "Es kamen z. B. Prof. Dr. Lang und Frau Dr. Ute Kern.| Alle lachten.",
        "Der Ofen wiegt ca. 3 Tonnen und kostete 2 Mio. Mark.| Das war viel.",
        "Im 19. Jahrhundert regierte Ludwig II. in Bayern.| Er baute Schlösser.",
        "Gemäß Art. 5 Abs. 2 GG i. V. m. § 3 Nr. 4 gilt das nicht.| Der Kläger verlor.",
        "Der Verein e. V. tagte bzw. feierte usw.| Danach gingen alle heim.",
        "Die Fa. Gebr. Stumm lieferte die Orgel.| Sie hat 20 Register.",
        "Am Mo., 4. Okt. ist geschlossen.| Am Di. ist offen.",
        "Das geschah u. a. in Köln, d. h. am Rhein.| Niemand half.",
    ],
    "fr": [
        "M. Leroy et Mme Petit ont signé.| Me Roux était absent.",
        "La tour date du XIVe s. et mesure env. 30 m.| Elle penche.",
        "Voir p. 12, fig. 3 et art. 5 du code.| Le texte est clair.",
        "Le livre de J.-P. Sartre parut en oct. 1943.| Il fut lu partout.",
        "« Où va M. Blanc ? » demanda-t-elle.| Personne ne savait.",
    ],
    "es": [
        "El Sr. López y la Dra. Ruiz viven en EE. UU. desde 1990.| Son médicos.",
        "La Avda. de la Paz núm. 4 está cerrada.| El alcalde lo sabe.",
        "Nació en el s. XV a. C. en Roma.| Murió joven.",
        "¿Quién es D. Pedro?| Es el padre de Dña. Ana.",
    ],
    "it": [
        "Il dott. Rossi e la sig.ra Bianchi abitano in p.zza S. Marco n. 4.| Sono sposati.",
    ],
    "pt": [
        "O Sr. Dr. Costa mora na Av. Brasil, n.º 3, no Rio.| É médico.",
    ],
    "nl": [
        "Dhr. Jansen en mevr. de Vries wonen o.a. in Den Haag.| Zij zijn getrouwd.",
    ],
    "ru": [
        "Дом построил в 1874 г. инженер А. П. Воронов.| Он жил на ул. Мира.",
        "В XIX в. здесь жил А. С. Пушкин и др. поэты.| Дом сгорел.",
        "Мост стоит 5 млн руб. и весит 12 тыс. т.| Его открыл им. Горького завод.",
        "См. стр. 5 и рис. 3, т. е. план г. Тула.| Он устарел.",
    ],
    "pl": [
        "Prof. Jan Nowak mieszka przy ul. Długiej w Krakowie od 1990 r. i uczy.| Ma psa.",
    ],
    "ar": [
        "وصل د. أحمد إلى القاهرة.| ثم غادر.",
    ],
    "zh": [
        "他在2016年离开。|她留下了。|真的吗？|是的。",
    ],
}  # fmt: skip
MORE_SENTENCES = [
    ("en", "They met at 5 p.m. on Monday and left at 7 p.m.| Tom stayed."),
    ("en", "The author is K. He, as in the paper by K. He, X. Zhang.| It won."),
    ("en", "Compare it with others, e.g. “Salt” or cf. (Marsh).| It is rare."),
    ("en", "He is a Ph.D.| Today, he teaches."),
    ("en", "Is it open?| ask the guard.| iPhones are banned.| www.example.org has more."),
    ("en", "Two things follow.| a. Wash it.| b. Dry it."),
    ("de", "Er war 19.| Danach zog er in die U.S.A.| Dort blieb er."),
    ("de", "Sie gab Zinsen, Mieten usw. an.| Der Rest fehlte."),
    ("fr", "Il vendait du pain, etc.| La rue était calme."),
    ("es", "Vive en EE. UU.| El rey lo visitó."),
    ("sv", "Den 3. maj kom t.ex. Anna.| Hon blev kvar."),
]


def split_text(text: str, language: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, language)]


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language, texts in SENTENCES.items() for text in texts] + MORE_SENTENCES,
)
def test_split_abbreviations_end_sentences_only_at_ends(language: str, text: str) -> None:
    assert split_text(text.replace("|", ""), language) == [part.strip() for part in text.split("|")]


def test_split_informal_text_breaks_before_lower_case() -> None:
    text = "i went home.| it was late.| i slept."
    assert split_text(text.replace("|", ""), "en") == [part.strip() for part in text.split("|")]


def test_split_never_joins_to_a_too_long_sentence() -> None:
    text = "Item no. of vol. and so on. " * 100
    assert all(len(part) <= MAX_SENTENCE_CHARACTERS for part in split_text(text, "en"))


@pytest.mark.parametrize(
    ("text", "informal"),
    [
        ("hello there. how are you", True),
        ("We met the Rev. amid rain. They left.", False),
        ("", False),
        ("123", False),
        ("他在2016年离开。", False),
    ],
)
def test_is_informal_compares_sentence_starts(text: str, informal: bool) -> None:
    assert is_informal(text) == informal
