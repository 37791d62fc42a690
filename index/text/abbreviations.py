"""Abbreviations after which no sentence ends, and words that begin sentences, by language.

They extend the lists of sentencex, which lack many abbreviations. Only abbreviations after which a
sentence practically never ends are listed: a missing entry costs a false break, and no entry hides
the end of a sentence.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

__all__ = ["AbbreviationRules", "get_rules"]

# The entries of "" apply to every language.
# Titles, abbreviated first names, and words such as "cf.". An entry in lower case matches any
# case; a capitalized entry matches only capitalized words: "Gen. Ruiz" is a title, "the next gen.
# Critics" is not.
_BEFORE_NAMES = {
    "": "dr dres prof mr mrs ms mme mlle st ste mt cf ca vs eds ed",
    "en": "Adm Amb Atty Benj Bp Brig Capt Cdr Chas Cllr Cmdr Col Comdr Cpl Danl Edw Ens Fr Ft Gen "
    "Geo Gov Hon Insp Jas Jno Jos Lieut Lt Maj Messrs Mx Pfc Pres Pvt Rep Reps Rev Revd "
    "Richd Robt Rt Saml Sec Sen Sens Sergt Sgt Supt Theo Thos Visc Wm approx e.g esp i.e "
    "illus incl trans v viz",
    "de": "Abg Bgm Dipl Fa Fr Frhr Frl Gebr Gen Hl Hptm Hr Hrn Ing Kpt Mag Oblt Pfr bes d.h "
    "einschl evtl exkl ggf inkl insb sog vgl z.b zzgl",
    "fr": "M MM Cdt Gal Me Mgr Mmes Mlles Pr Vve Bd Av c.-à-d env",
    "es": "Arq Av Avda Cap Cnel D Da Dn Dña Dra Excma Excmo Fr Gral Ilma Ilmo Ing Lic Mons Pbro "
    "Profa Pza Sr Sra Sras Sres Srta Sta Sto Tte Ud Uds p.ej",
    "it": "arch avv cap cav comm dott dott.ssa ing geom gen mons on p.zza prof.ssa rag sen sig "
    "sig.na sig.ra sigg ten Sta S c.so v.le",
    "pt": "Arq Av Cap Cel D Dra Drs Eng Exma Exmo Fr Gen Ilmo Pe Prof.ª Profa R S Sr Sra Srs Srta "
    "Sta Sto Ten",
    "nl": "bijv burg bv dhr drs ds excl evt Gebr incl ing ir jhr mevr mw o.a resp zgn",
    "ru": "акад арх архим бул газ ген гр доц д-р еп журн зав зам изд им инж кап митр напр обл пер "
    "пл полк пос просп проф рук св см ср тов ул т.е т.к",
    "pl": "abp al bp dr gen hr im inż kpt ks m.in mgr mjr np os płk por prof red św tj tzn ul",
    "cs": "bc doc gen ing judr mgr mudr např nám phdr plk rndr sv tzv ul",
    "sv": "bl.a f.d hr s.k t.ex",
}  # fmt: skip
# Before Arabic and Roman numerals.
_BEFORE_NUMBERS = {
    "": "jan feb mar apr jun jul aug sep sept oct nov dec no nr p pp vol art fig tab max min c "
    "ca",
    "en": "a.m p.m nos vols ch chap figs sec sect para cl bk ed eq eqs op approx est b d fl ll ff "
    "l n",
    "de": "Abb Abs Anm Aufl Bd Bde Hs Jg Kap Lit Mrz Nrn Okt Dez Rn Rz S Str Tab Ziff rd geb gegr "
    "gest",
    "fr": "av avr chap déc env ex févr janv juil n t éd",
    "es": "arts cap n núm núms pág págs s t",
    "it": "artt cap n nn pag pagg sec tav",
    "pt": "cap n núm pág págs séc",
    "nl": "afb blz hfdst nrs pag",
    "ru": "вып гл изд ок пп рис ст стр табл тт п с т",
    "pl": "godz ok pkt poz rozdz rys s str t tom ust",
    "cs": "č obr odst str",
    "sv": "kl s st",
}  # fmt: skip
# Words that begin sentences and are hardly ever names.
_STARTERS = {
    "en": "after all also although and another anyone as at because before both but by critics "
    "despite during each even every everyone everything few for from he her here his how "
    "however i if in instead it its later many most my nobody nothing now of on once one "
    "only our several she since some someone the their then there these they this those "
    "though three to today two under until we what when where whether which while who why "
    "with yet you your",
    "de": "aber alle als am an auch auf aus bei da damals danach dann das dem den denn der des "
    "deshalb die dies diese dieser dieses doch dort durch ein eine einem einen einer eines "
    "einige er es für heute hier ich ihr ihre im in jedoch keine man mit nach nachdem nicht "
    "nur ob obwohl schon sein seine seit sie sind so später über um und unter viele vom von "
    "vor während wann was weil wenn wer wie wir wo zu zum zur zwei montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag",
    "fr": "à après au aussi aux avec c'est ce ces cet cette comme dans depuis des donc du elle "
    "elles en enfin et il ils je la le les leur leurs mais nous on or ou où par pendant "
    "personne plusieurs pour puis quand que qui sa sans ses si son sous sur tous un une "
    "vous",
    "es": "a al algunos ante aunque como con cuando de del desde después durante el ella ellas "
    "ellos en entre era es esta este esto estos fue ha hasta hay la las le lo los más "
    "mientras muchos nadie no para pero por porque que según se si sin sobre son su sus "
    "también tras un una y ya",
    "it": "a al alla anche anzi c'è che chi come con così da dal dalla del della di dopo due e ed "
    "è egli era essa essi gli i il in la le lo ma nel nella nessuno non nonostante per però "
    "poi quando quella quello questa questo se sono su sul un una",
    "pt": "a ao após as até com como da de depois do durante e é ela elas ele eles em entre era "
    "essa esse esta este foi há já mais mas na nas no nos o os para pela pelo por porém "
    "quando que se segundo sem sua também um uma",
    "nl": "aan als bij daar daarna dan dat de deze die dit door een en er haar het hij hun ik in "
    "je maar men met na naar niemand nu om ondanks ook op sinds tijdens toen uit van veel "
    "volgens voor waar wat we wie wij ze zij zijn zo",
    "ru": "а без более в во все всё вы где да для до его ее её если ещё же за здесь и из или "
    "именно их к как когда кто мы на над не некоторые никто но о об однако он она они оно "
    "от по под позже после потом поэтому при с сейчас со согласно также так там теперь то "
    "тогда только у хотя через что эта эти это этот я",
    "pl": "a ale był była było być co dla do gdy i ich ja jak jego jej jest kiedy który lecz ma "
    "na nie nikt o od on ona one oni po pod podczas potem przed przez przy są się tak także "
    "tam te ten to tylko tym w wtedy wszyscy z za ze",
}  # fmt: skip

# Abbreviations that may end a sentence although sentencex never breaks after them.
_CLOSING = frozenset([
    "bros", "co", "corp", "etc", "inc", "jr", "ltd", "mio", "mrd", "sr", "tsd", "usw", "uu",
    "гг", "г", "др", "млн", "млрд", "пр", "руб", "т", "тыс",
])  # fmt: skip


class AbbreviationRules(NamedTuple):
    """The lists of one language."""

    before_names: frozenset[str]
    before_numbers: frozenset[str]
    closing: frozenset[str]
    starters: frozenset[str]  # in lower case


@cache
def get_rules(language: str) -> AbbreviationRules:
    """Return the lists of a language, by its ISO 639-1 code; unknown ones get the general list."""
    return AbbreviationRules(
        frozenset(f"{_BEFORE_NAMES['']} {_BEFORE_NAMES.get(language, '')}".split()),
        frozenset(f"{_BEFORE_NUMBERS['']} {_BEFORE_NUMBERS.get(language, '')}".split()),
        _CLOSING,
        frozenset(_STARTERS.get(language, _STARTERS["en"]).split()),
    )
