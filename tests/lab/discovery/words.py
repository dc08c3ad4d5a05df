# SPDX-License-Identifier: Apache-2.0
"""Names, titles and identifiers, as the values that stand in URLs."""

import unicodedata
import uuid
from urllib.parse import quote

FIRST = """james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph jessica thomas sarah
charles karen christopher lisa daniel nancy matthew betty anthony margaret mark sandra donald ashley steven kimberly paul emily andrew donna
joshua michelle kenneth carol kevin amanda brian dorothy george melissa priya wei fatima omar ingrid lars chiara marek yusuf aisha""".split()
LAST = """smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson thomas taylor moore
jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores
green adams nelson baker hall rivera campbell mitchell carter roberts patel chen kowalski novak okafor hassan lindqvist rossi haddad oconnor
castle whitaker ashworth penhaligon mbeki tanaka petrov sorensen vandermeer dubois fitzgerald blackwood""".split()
FIRST_DE = """anna thomas sabine michael petra andreas monika stefan claudia wolfgang birgit jürgen susanne klaus ute matthias heike frank
katrin bernd jutta uwe silke dieter anja rainer gabriele holger martina jörg friederike götz""".split()
LAST_DE = """müller schmidt schneider fischer weber meyer wagner becker schulz hoffmann schäfer koch bauer richter klein wolf schröder neumann
schwarz zimmermann braun krüger hofmann hartmann lange schmitt werner krause meier lehmann köhler herrmann könig walter huber kaiser peters lang
scholz möller weiß jung hahn vogel friedrich günther roth grünewald yildirim brandstätter nowak""".split()
FIRST_ES = """antonio maría josé carmen manuel ana francisco isabel david laura juan cristina javier marta daniel lucía alejandro sara álvaro
pablo sergio raúl iker diego hugo rubén adrián nicolás íñigo gonzalo""".split()
LAST_ES = """garcía rodríguez gonzález fernández lópez martínez sánchez pérez gómez martín jiménez ruiz hernández díaz moreno muñoz álvarez romero
alonso gutiérrez navarro torres domínguez vázquez ramos gil ramírez serrano blanco molina morales suárez ortega delgado castro ortiz rubio marín
sanz núñez iglesias medina garrido cortés castillo""".split()
FIRST_RU = """александр сергей елена андрей ольга дмитрий татьяна алексей наталья ирина михаил светлана владимир анна николай мария юрий
екатерина виктор галина павел людмила игорь юлия""".split()
LAST_RU = """иванов смирнов кузнецов попов васильев петров соколов михайлов новиков федоров морозов волков алексеев лебедев семенов егоров
павлов козлов степанов николаев орлов андреев макаров никитин захаров зайцев соловьев борисов яковлев григорьев романов воробьев""".split()
FIRST_JA = "太郎 花子 健一 美咲 翔太 陽菜 大輔 結衣 拓也 さくら 直樹 愛 一郎 優子 誠 真由美 隆 恵子 亮 彩 浩二 千尋 悠斗 葵".split()
LAST_JA = "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水 山崎 森 池田 橋本 阿部 石川 前田 藤田".split()
NOUNS = """budget river kitchen garden bridge school winter market engine harbour storm election museum forest signal battery stadium railway
recipe island window ladder council summer bicycle concert library mountain printer hospital sensor village orchard carpet lantern bakery
highway theatre meadow furnace cabinet compass blanket anchor pepper basket saddle copper tunnel""".split()
VERBS = "opens closes wins loses plans finds builds repairs rejects compares explains returns delays measures improves saves replaces joins".split()
ADJECTIVES = "new old small large red quiet broken cheap rare modern local digital early wooden heavy gentle bright hidden sharp narrow".split()
NOUNS_DE = "rücken knie haut herz schlaf impfung allergie zahn diät blutdruck migräne stress grippe schilddrüse asthma rheuma kur magen auge ohr".split()
TOPICS_DE = "hilft vorbeugen verstehen behandeln tipps ursachen symptome therapie im-alter bei-kindern im-winter richtig-messen".split()
NOUNS_ES = "victoria derrota gol fichaje lesión empate partido torneo final copa árbitro penalti afición estadio entrenador récord debut".split()
VERBS_ES = "gana pierde prepara anuncia confirma busca celebra aplaza rechaza supera".split()
CITIES = """springfield riverton oakdale lakewood fairview greenville bristol clinton ashland burlington dayton hudson kingston milton newport
oxford salem winchester dover georgetown""".split()
CITIES_DE = "berlin hamburg münchen köln frankfurt stuttgart düsseldorf leipzig dortmund essen bremen dresden hannover nürnberg duisburg bochum".split()
STREETS = "oak maple cedar pine elm washington lake hill walnut spring park church main chestnut meadow sunset".split()
FOLD = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ñ": "n"}


def ascii_slug(text):
    """The text as a slug of plain letters: müller is mueller, garcía is garcia."""
    text = "".join(FOLD.get(letter, letter) for letter in text.lower())
    return unicodedata.normalize("NFD", text).encode("ascii", "ignore").decode().replace(" ", "-").replace("'", "")


def person(rng, first=None, last=None, join="-"):
    """A first and a last name as a slug."""
    return ascii_slug(rng.choice(first or FIRST) + join + rng.choice(last or LAST))


def login(rng):
    """What people call themselves in a forum."""
    name, noun, adjective = rng.choice(FIRST), rng.choice(NOUNS), rng.choice(ADJECTIVES)
    return rng.choice([f"{name}{rng.randint(1, 99)}", f"{adjective}{noun}", f"{adjective}_{noun}", f"{noun}{rng.randint(60, 2005)}",
                       name[0] + rng.choice(LAST), f"{name}_{rng.choice(LAST)[0]}", f"{adjective.title()}{noun.title()}",
                       f"{name.title()}{rng.choice(LAST).title()}", noun + rng.choice(NOUNS)])


def title(rng, words=4):
    """A headline as a slug."""
    parts = [rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.choice(VERBS), rng.choice(ADJECTIVES), rng.choice(NOUNS), "in", rng.choice(CITIES)]
    return "-".join(parts[:words])


def hexa(rng, digits):
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def random_uuid(rng):
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def encoded(text):
    """The text as a browser writes it in a URL."""
    return quote(text, safe="-_.~:,@!'()")
