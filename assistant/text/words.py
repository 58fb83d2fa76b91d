"""The words of a text that say what it is about, in the form in which texts are compared.

Lowercased, without the words that every text has, English ones cut to their stem. Chinese and
Japanese, which put no spaces between words, are cut into overlapping pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from assistant.text import language as languages
from assistant.text.scripts import CJK_PUNCTUATION, PUNCTUATION, UNSPACED

_STOPWORDS: dict[str, str] = {
    "en": """
        a about above after again against ago all almost along already also although always am among
        an and another any anybody anyone anything are around as at away back be became because
        become been before behind being below between both but by came can cannot could did do does
        doing done down during each either else enough even ever every everyone everything few for
        from further get gets getting give given go goes going gone got had has have having he her
        here hers herself him himself his how however i if in indeed instead into is it its itself
        just keep kept least less let like made make many may maybe me might mine more most much
        must my myself near neither never no nobody none nor not nothing now of off often on once
        one only or other others our ours ourselves out over own per perhaps put quite rather really
        said same say says see seem seemed seems shall she should since so some somebody someone
        something sometimes soon still such take than that the their theirs them themselves then
        there therefore these they thing things this those though through thus till to together too
        toward towards under until up upon us very was way we well went were what whatever when
        whenever where whether which while who whoever whole whom whose why will with within without
        would yes yet you your yours yourself yourselves
        isn't aren't wasn't weren't don't doesn't didn't won't wouldn't can't couldn't shouldn't
        mustn't haven't hasn't hadn't i'm i've i'd i'll you're you've you'd you'll he's he'd he'll
        she's she'd she'll it's it'd it'll we're we've we'd we'll they're they've they'd they'll
        that's there's here's what's who's where's how's let's
    """,
    "fr": """
        a à ah ai ainsi alors après as assez au aucun aucune aujourd'hui auquel aura aurait
        aussi autre autres aux auxquels avaient avais avait avant avec avez avoir avons ayant
        beaucoup bien c'est ça car ce ceci cela celle celles celui cependant certains ces cet
        cette ceux chaque chez combien comme comment d'abord dans de déjà depuis des dès dessous
        dessus deux devant doit donc dont du durant elle elles en encore enfin entre es est et
        étaient étais était étant été être eu eux fait faire faut fois font furent fut ici il
        ils j'ai je jusque la là laquelle le lequel les lesquels leur leurs lors lorsque lui ma
        mais malgré me même mêmes mes mien moi moins mon ne ni non nos notre nous on ont ou où
        oui par parce parmi pas pendant peu peut peuvent peux plus plusieurs plutôt pour
        pourquoi pourtant presque puis puisque qu quand que quel quelle quelles quelqu'un
        quelque quelques quels qui quoi quoique sa sans sauf se selon sera serait ses si sien
        soi soit son sont sous souvent suis sur ta tandis tant te tel telle tes toi ton toujours
        tous tout toute toutes très trop tu un une va vers voici voilà vont vos votre vous vu y
    """,
    "de": """
        ab aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes
        ans auch auf aus außer bei beim bereits bin bis bist bitte da dabei dadurch dafür dagegen
        daher damit danach dann daran darauf daraus darf darin darüber darum das dass daß dazu dein
        deine deinem deinen deiner dem den denen denn dennoch der deren des deshalb dessen dich die
        dies diese diesem diesen dieser dieses dir doch dort du durch dürfen ein eine einem einen
        einer eines einige einmal er erst es etwa etwas euch euer eure fast für gab ganz gar gegen
        gehabt geht gemacht genug gewesen geworden gibt hab habe haben hat hatte hätte hatten hier
        hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in indem ins ist ja je jede
        jedem jeden jeder jedes jedoch jemand jene jetzt kann kannst kein keine keinem keinen keiner
        können könnte konnte machen macht mal man manche mehr mein meine meinem meinen meiner mich
        mir mit möchte müssen muss musste nach nachdem neben nein nicht nichts nie niemand noch nun
        nur ob oder oft ohne schon sehr sei seid sein seine seinem seinen seiner seit sich sie sind
        so sogar solche soll sollen sollte sondern sonst sowie trotz über um und uns unser unsere
        unter viel viele vom von vor wann war wäre waren warum was wegen weil weiter welche welchem
        welchen welcher welches wem wen wenig wenn wer werde werden wessen wie wieder wieviel will
        wir wird wirst wo wobei wodurch wohin wollen wollte worden wurde würde wurden während zu zum
        zur zwar zwischen
    """,
    "es": """
        a adónde ahí ahora al algo alguien algún alguna algunas alguno algunos allá allí ambos ante
        antes aquel aquella aquellas aquello aquellos aquí así aún aunque bajo bastante bien cada
        casi como cómo con contra cual cuál cuales cuáles cualquier cuando cuándo cuanta cuánta
        cuantas cuántas cuanto cuánto cuantos cuántos de del demás demasiado dentro desde donde
        dónde durante e él el ella ellas ello ellos en entonces entre era eran eras eres es esa esas
        ese eso esos esta está estaba estaban estado están estar estas este esto estos estoy fue
        fueron ha había habían hace hacen hacer hacia han hasta hay he hemos hizo incluso la las le
        les lo los luego más me mediante menos mi mí mía mientras mío mis misma mismas mismo mismos
        mucha muchas mucho muchos muy nada nadie ni ningún ninguna ninguno no nos nosotros nuestra
        nuestras nuestro nuestros nunca o os otra otras otro otros para pero poca poco pocos podía
        por porque pronto pudo puede pueden pues que qué quien quién quienes quiénes se sea según
        ser será si sí sido siempre sin sino sobre sois solo sólo son soy su sus suya suyo tal
        también tampoco tan tanto te tenía tener tengo ti tiene tienen toda todas todavía todo todos
        tras tu tú tus un una unas uno unos usted ustedes va vamos van varios vez vosotros voy ya yo
    """,
}
# They part what stands on either side, which a space does elsewhere.
_CHINESE_STOPWORDS = """
    什么 怎么 怎样 怎么样 为什么 为何 哪里 哪儿 哪个 哪些 哪位 何时 何处 何人 谁 谁的 多少 多久
    多大 多远 几个 几时 如何 是否 有没有 是不是 什么时候 什么地方 的 了 吗 呢 吧 啊 嘛 呀 是 在 和
    与 及 也 都 就 而 或 把 被 将 会 要 能 可以 这 那 这个 那个 这些 那些 我 你 您 他 她 它 们
    我们 你们 他们 她们 它们 一个 一些 但 但是 因为 所以 如果 虽然 而且 并 并且 以及 之 其 着 过
    得 地 很 还 又 再 有 没有 不 对 从 到 向 给 让 什麼 怎麼 為什麼 哪裡 誰 幾個 時候 這 這個 這些
    個 嗎 們 會 與 還 對 從 給 讓 過
"""
# Words in which a character of those above is not the one that is meant.
_CHINESE_WORDS = """
    目的 的确 了解 现在 存在 和平 要求 重要 主要 地方 地区 土地 地球 地下 得到 觉得
    对方 对象 从事 到达 方向 都市 首都 成都 就业 会议 社会 机会 将来 将军
    能力 能够 可能 功能 过去 经过 通过 超过 与会 参与 有关 拥有 有限 没收 现有 是非 給予
    現在 社會 會議 機會
"""
# Forms that no rule makes, and the word they are of.
_IRREGULAR = """
    ate:eat eaten:eat began:begin begun:begin bent:bend bit:bite bitten:bite blew:blow blown:blow
    bore:bear born:bear bought:buy bound:bind broke:break broken:break brought:bring built:build
    burnt:burn caught:catch chose:choose chosen:choose children:child crept:creep drank:drink
    drunk:drink drawn:draw drew:draw driven:drive drove:drive dealt:deal dreamt:dream dug:dig
    fallen:fall fed:feed feet:foot fell:fall felt:feel fled:flee flew:fly flown:fly flung:fling
    forgave:forgive forgot:forget forgotten:forget fought:fight found:find froze:freeze
    frozen:freeze grew:grow grown:grow hid:hide hidden:hide held:hold heard:hear hung:hang
    knew:know known:know knelt:kneel laid:lay lain:lie led:lead leapt:leap learnt:learn lent:lend
    lit:light lost:lose meant:mean men:man met:meet mice:mouse paid:pay ran:run rang:ring rode:ride
    ridden:ride risen:rise rose:rise sang:sing sung:sing sank:sink sat:sit sent:send shaken:shake
    shook:shake shone:shine shot:shoot shown:show slept:sleep slid:slide sold:sell sought:seek
    spoke:speak spoken:speak spent:spend spun:spin sprang:spring stole:steal stolen:steal
    stood:stand struck:strike stuck:stick stung:sting swam:swim swept:sweep swore:swear
    sworn:swear swung:swing taken:take took:take taught:teach teeth:tooth thought:think
    threw:throw thrown:throw told:tell tore:tear torn:tear understood:understand wept:weep
    woke:wake won:win wore:wear worn:wear wove:weave woven:weave written:write wrote:write
    women:woman
"""

_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'(?=\w)")
_PIECE = re.compile(
    rf"(?P<unspaced>[{UNSPACED}]+)"
    rf"|[^\W_{UNSPACED}](?:[^\s{PUNCTUATION}{CJK_PUNCTUATION}{UNSPACED}])*"
)
_VOWEL = re.compile("[aeiouy]")
_DOUBLED = re.compile(r"([bdfgmnprt])\1$")


def content_words(text: str, language: str | None = None) -> tuple[str, ...]:
    """Return the words that carry meaning, in their order, as often as they stand there.

    `language`, an ISO 639-1 code, decides which words carry none; None is detected, and English
    where nothing can be told.
    """
    language = language or languages.detect(text) or "en"
    found: list[str] = []
    for match in _PIECE.finditer(unicodedata.normalize("NFKC", text).replace("’", "'")):
        piece = match.group()
        if match["unspaced"]:
            found += _pairs(piece, language)
        elif word := _content_word(piece.lower().strip("'"), language):
            found.append(word)
    return tuple(found)


@cache
def _stopwords(language: str) -> frozenset[str]:
    return frozenset(_STOPWORDS.get(language, "").split())


@cache
def _irregular() -> dict[str, str]:
    return dict(pair.split(":") for pair in _IRREGULAR.split())


def _content_word(word: str, language: str) -> str:
    """Return a word as it is compared, or nothing where it carries no meaning."""
    stopwords = _stopwords(language)
    if word in stopwords:
        return ""
    if language == "en":
        return stem(word.removesuffix("'s"))
    if language in {"fr", "it"}:
        word = _ELISION.sub("", word)
    return "" if word in stopwords else word


def stem(word: str) -> str:
    """Return an English word without what plural, past or participle did to it."""
    word = _irregular().get(word, word)
    if len(word) < 4 or not word.isascii():
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) > 2 and _VOWEL.search(base) and not word.endswith("eed"):
            word = _DOUBLED.sub(r"\1", base)
            break
    if len(word) > 4 and word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _pairs(run: str, language: str) -> Iterator[str]:
    """Yield the overlapping pairs of a run of characters, a character alone as it stands."""
    for part in _parts(run) if language == "zh" else (run,):
        if len(part) == 1:
            yield part
        for start in range(len(part) - 1):
            yield part[start : start + 2]


def _parts(run: str) -> Iterator[str]:
    """Yield what is left of a Chinese run when its function words are taken out."""
    start = 0
    for match in _chinese().finditer(run):
        if match["word"]:
            continue
        if match.start() > start:
            yield run[start : match.start()]
        start = match.end()
    if start < len(run):
        yield run[start:]


@cache
def _chinese() -> re.Pattern[str]:
    stopwords = sorted(_CHINESE_STOPWORDS.split(), key=len, reverse=True)
    return re.compile(f"(?P<word>{'|'.join(_CHINESE_WORDS.split())})|{'|'.join(stopwords)}")
