#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes tokens.txt: texts and the ids that CLIP's published algorithm gives them, for tests/prompt/tokenizer_test.cpp.

Usage: tests/data/make_tokens.py bpe_simple_vocab_16e6.txt.gz [DEST]
Needs the packages that the published tokenizer needs: regex (Debian: python3-regex) and ftfy 6.3.1 (PyPI, with wcwidth).

The algorithm is stated here once more, from its description, in the plainest way. A line of the file is the ids, a
tab, and the text, in which a backslash begins \\\\, \\n, \\t, \\r or \\xHH (one byte).
"""
import gzip
import html
import os
import random
import sys
import unicodedata

import regex

try:
    import ftfy
except ImportError:
    sys.exit("make_tokens: the package ftfy is needed: pip install ftfy==6.3.1")

NAMES = """
tench;goldfish;great white shark;tiger shark;hammerhead shark;electric ray;hen;house finch;American robin;kite (bird of prey);
bald eagle;great grey owl;smooth newt;axolotl;American bullfrog;loggerhead sea turtle;red-bellied turtle;Komodo dragon;
St. Bernard;Shih Tzu;Yorkshire Terrier;West Highland White Terrier;Soft-coated Wheaten Terrier;Australian Silky Terrier;
Black and Tan Coonhound;Treeing Walker Coonhound;Old English Sheepdog;Dobermann;Cairn Terrier;golden retriever;
Staffordshire Bull Terrier;American Staffordshire Terrier;Bedlington Terrier;Bouvier des Flandres dog;Löwchen;Bichon Frisé;
Entlebucher Sennenhund;Mexican hairless dog (xoloitzcuintli);tiger cat;Siamese cat;military hat (bearskin or shako);
T-shirt;iPod;CRT monitor;high-speed train;half-track;jack-o'-lantern;carpenter's kit;crossword puzzle;four-poster bed;
semi-trailer truck;three-wheeled vehicle;U-boat;one-piece bathing suit;Christmas stocking;Windsor tie;t.v. remote;
missile;projectile;sunglasses;sunglass;maillot;toilet paper;hot dog;ice cream;carbonara;bell pepper;corn cob;Band-Aid;
pickup truck;recreational vehicle;tow truck;trench coat;baluster / handrail;messenger bag;velvet fabric;website;
desktop computer;hand-held computer;computer keyboard;space bar;gas mask or respirator;tank or armored vehicle;
apple_pie;baby_back_ribs;baklava;beef_tartare;bibimbap;bread_pudding;chicken_quesadilla;chocolate_mousse;club_sandwich;
crème brûlée;creme_brulee;croque_madame;eggs_benedict;filet_mignon;foie_gras;french_onion_soup;gnocchi;gyoza;huevos_rancheros;
lobster_roll_sandwich;macaroni_and_cheese;pad_thai;panna_cotta;peking_duck;pho;pork_chop;poutine;shrimp_and_grits;takoyaki;
abyssinian;american_pit_bull_terrier;basset_hound;birman;british_shorthair;egyptian_mau;maine_coon;persian;sphynx;wheaten_terrier;
banded;blotchy;bubbly;bumpy;cobwebbed;cracked;crosshatched;dotted;fibrous;frilly;gauzy;grooved;honeycombed;interlaced;lacelike;
matted;meshed;paisley;perforated;pitted;pleated;polka-dotted;potholed;scaly;smeared;sprinkled;stratified;studded;waffled;zigzagged;
Annual Crop Land;Forest;Herbaceous Vegetation Land;Highway or Road;Industrial Buildings;Pasture Land;Sea or Lake;centrally...;
Apply_Eye_Makeup;Balance_Beam;Basketball_Dunk;Clean_And_Jerk;Handstand_Pushups;Jumping_Jack;Playing_Daf;Yo_Yo;Tai_Chi;
707-320;737-200;747-400;757-300;767-400;777-300;A300B4;A340-600;An-12;ATR-42;BAE 146-200;Boeing 717;C-130;Cessna 172;CRJ-900;
DC-3;DHC-8-100;DR-400;E-170;EMB-120;ERJ 145;Eurofighter Typhoon;F-16A/B;F/A-18;Falcon 900;Il-76;L-1011;MD-11;PA-28;SR-20;Tu-154;
2012 BMW M3 coupe;2007 Chevrolet Corvette Ron Fellows Edition Z06;2012 Audi A5 Coupe;AM General Hummer SUV 2000;
Mercedes-Benz 300-Class Convertible 1993;Rolls-Royce Phantom Drophead Coupé Convertible 2012;smart fortwo Convertible 2012;
bird of paradise;black-eyed susan;bishop of llandaff;columbine;colt's foot;fire lily;globe-flower;hard-leaved pocket orchid;
love in the mist;mexican aster;pink-yellow dahlia?;prince of wales feathers;stemless gentian;sweet william;tree mallow;
a red square;a small blue circle on a striped background;two crosses and a ring;airport_terminal;art_gallery;batting cage indoor;
bow_window outdoor;ball_pit;canal/urban;church indoor;escalator indoor;subway station/platform;underwater/ocean_deep
"""

WORDS = """a photo of a|a photo of a dog.|a photo of a cat, a type of pet.|X|X X X X dog.|X X X X X X X X X X X X X X X X military hat (bearskin or shako).|
Hello World!|itap of a golden retriever.|a bad photo of the {}.|art of the tench.|a centered satellite photo of Sea or Lake.|
don't we'll  multiple   spaces|it's I'M they'Re we'Ve he'd 'tis 'Twas rock'n'roll ''s 's't're've'm'll'd 'S 'LL 'x|naïve café|日本|😀|👨‍👩‍👧‍👦 👍🏽 🇩🇪|a_b c|__init__|
centrally...|a...b ... . .. .... !!! ?!?! (what?) [x] {y} <z> "q" `r` #hash @at $5.00 100% 3.14159 1,000,000 1e-5 0x1F|
<|startoftext|>a dog<|endoftext|>|<|STARTOFTEXT|>|!<|endoftext|>|<|endoftext|>'s|<|endoftext|<|startoftext|>|<|ſtartoftext|>|'ſ it'ſ ſtraſse|
ÀÉÎÕÜ àéîõü|Ångström Å Å|ﬁne oﬃce ﬂow ﬀ ﬄ ﬅ ﬆ Ĳssel ĳ ŉ Ǆ ǅ ǆ Ǉ ǈ ǉ Ǌ ǋ ǌ Ǳ ǲ ǳ|“curly” ‘single’ ‚low‚ ‛x‛ „y„ ʼn don’t it’s|İstanbul I ı i̇ Iıİi|ΣΊΣΥΦΟΣ ὈΔΥΣΣΕΎΣ Σ ΑΣ ΑΣ. ΑΣΑ Α'Σ Α'ΣΑ ΑΣ' ΑΣ'Α ΣΣ|
ﬀ ẞ ß ǰ ΐ ŉ ẖ|e\u0301 é e\u0323\u0301 e\u0301\u0323 o\u0302\u0323 q\u0307\u0323 \u0344 \u1e9b\u0323|\u1112\u1161\u11ab\u1100\u1173\u11af 한글 \uac00\u11a8 \u1100\u1161|
\u0958 \u09dc \u2adc \ufb1d \ufb2a क़ \u0915\u093c|①②③ ½ ⅓ Ⅷ ⁴ x² ٣٤٥ 一二三 ௧௨ ੧|ＦＵＬＬ　ｗｉｄｔｈ １２３ ＜ａ＞ ＆ａｍｐ； ﾊﾝｶｸ ｶﾞ ﾊﾟ ￣ ￥ ￠ ￩|
\u00a0nbsp\u2003em\u2009thin\u202fnn\u205fmm\u3000ideo\u180emvs\u200bzwsp\u2060wj|tab\tnew\nline\r\ncr\rff\fvt\x0bfs\x1cgs\x1dus\x1f end\u0085nel\u2028ls\u2029ps|\x1b[31mred\x1b[0m \x1b[1;2Kx \x1b[ y \x07bell\x7fdel \ufeffbom \ufffcobj|
\x80euro\x93quoted\x94 \x99tm \x81 \x8d|Привет, мир! ЁЖ|שלום עולם|مرحبا بالعالم ١٢٣|नमस्ते दुनिया|สวัสดีชาวโลก|你好，世界。|こんにちは世界 ガギグ|안녕하세요|Xin chào Việt Nam|ßtraße STRASSE|ᾳ ᾳβ ῼ x́ͅy ͅ|Ⅷ ⅷ Ⓐ ⓐ 𝐀𝔸 ＡＢＣ|ǅ Ǆ ᾈ ᾼ ᏸ Ꭰ ꭰ Ა ა|
Zürich–Genève — “Lac” … • · ° ± × ÷ © ® ™ € £ ¥ § ¶ † ‡|C++ C# F# .NET Node.js|http://example.com/a?b=c&d=e#f|me@example.com #tag @user|a\\b\\n %s {} []()|        ||.|,|'|''|'''s|&|&&|;|
supercalifragilisticexpialidocious antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa abababababababababab hahahahahaha zzzzzzzzz|
llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch|QWERTYUIOP ASDFGHJKL|MixedCASE camelCaseWord snake_case_word kebab-case-word|1st 2nd 3rd 4th 20th 1990s '90s 24/7 9-to-5|I.B.M. e.g. i.e. U.S.A. Ph.D. a.m.""".replace("|\n", "|")

HTML = """&amp;|&amp;amp; &lt;b&gt;|&lt;b&gt; &amp;amp;|<b>&amp;amp;</b>|<i>x</i> &eacute;|&eacute;cole caf&eacute &Eacute; &EACUTE; &nTILDE; P&EACUTE;REZ|BUNDESSTRA&SZLIG;E &MICRO;m &SIGMA; A&SIGMA; &SIGMAF; &VARSIGMA;x &PHIV; &THETASYM; &KAPPAV; &IMATH;|
AT&T R&D Q&A|this&not that &notit; &notin; &notit|&copy 2020 &copy; &reg; &trade; &TRADE; &copycat;|&#65; &#x41; &#X41; &#65 &#x41 &#0; &#x110000; &#xD800; &#128; &#150; &#129; &#11; &#1; &#xFDD0; &#xFFFE; &#13;x|&#; &#x; &#xg; &# 65; &;|
&#38;amp; &#38;#38; &#59; &#x3b;|&#12abc; &#0065; &#00000000000000000000000065; &#000000000000000000000065;|&CounterClockwiseContourIntegral; &NotEqualTilde; &fjlig; &ThickSpace; &nvlt; &bne; &acE;|&checkmark; &CHECKMARK; &Jscr;ohn &HilbertSpace;ancock|&nbsp;x&nbsp; &ensp; &zwj; &shy; &lrm;|&quot;q&quot; &apos;s don&apos;t don&#39;t don&rsquo;t|&ltx &gty &AMPX; &ampx; &LTX; &QUOTES;|&amp;lt;b&amp;gt; &amp;amp;lt;|a&lt;b &lt; c|x &amp; y\n<b>\n&amp;amp;amp;z|&frac12; &frac12 &sup2; &Sup; &sup2x|&hearts; &spades; &euro; &pound; &deg;C|&amp &amp; &AMP &AMP;|&notanentity; &;amp; &amp;;|&Tab;x&NewLine;y|&ffilig; &FFILIG; &NAPOS; &EPSIV;""".replace("|\n", "|")


def fixed_texts():
    texts = [name.strip("\n") for name in NAMES.replace("\n", "").split(";") if name]
    # The marks hold the separator, so it is hidden in them while the list is split.
    hidden = WORDS.replace("<|", "<\0").replace("|>", "\0>")
    texts += [part.replace("<\0", "<|").replace("\0>", "|>") for part in hidden.split("|")]
    texts += HTML.split("|")
    texts += [f"X X X X {name}." for name in texts[:12]] + [f"a photo of a {name}, a type of {name}." for name in texts[12:20]]
    return texts


def random_texts(draw, count):
    """Short texts of mixed scripts, marks, numbers, punctuation and pieces of references."""
    pools = [
        [chr(c) for c in range(0x21, 0x7F)],
        list("abcdefghijklmnopqrstuvwxyz") * 2 + ["the", "ing", "tion", "dog", "café"],
        [chr(c) for c in range(0xA1, 0x250)],
        [chr(c) for c in range(0x300, 0x370)],
        [chr(c) for c in range(0x370, 0x530)],
        [chr(c) for c in range(0x1E00, 0x2000)],
        [chr(c) for c in range(0x2000, 0x2100)],
        [chr(c) for c in range(0x2100, 0x2600)],
        [chr(c) for c in range(0x3000, 0x3100)] + [chr(c) for c in range(0xFF00, 0xFFF0)],
        [chr(c) for c in range(0xAC00, 0xAC40)] + [chr(c) for c in range(0x1100, 0x1200)],
        [chr(c) for c in range(0x900, 0xA80)],
        [chr(c) for c in range(0x10400, 0x10450)] + [chr(c) for c in range(0x1F600, 0x1F640)],
        ["&", "&amp;", "&lt;", "&#39;", "&eacute", "&#x41;", ";", "#", "'s", "'LL", "<|endoftext|>", "&NTILDE;", "\x1b[1m"],
    ]
    made = 0
    while made < count:
        chosen = draw.sample(pools, 3)
        text = ""
        for _ in range(draw.randrange(1, 14)):
            text += draw.choice(draw.choice(chosen))
            if draw.random() < 0.2:
                text += draw.choice([" ", " ", "\u00a0", "\t", "\n", "  "])
        # Only what this Python's tables know, and only what needs no repair of wrong code pages.
        if any(unicodedata.category(c) in ("Cn", "Cs", "Co") for c in text):
            continue
        if ftfy.fix_text(text) != ftfy.fix_text(text, fix_encoding=False):
            continue
        made += 1
        yield text


class published:
    """The published tokenizer, restated."""

    def __init__(self, path):
        lines = gzip.open(path, "rt", encoding="utf-8").read().split("\n")
        merges = [tuple(line.split()) for line in lines[1 : 48894 + 1]]
        printable = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b]
        rest = [b for b in range(256) if b not in printable]
        self.symbol = {b: chr(b) for b in printable}
        self.symbol.update({b: chr(256 + i) for i, b in enumerate(rest)})
        singles = [self.symbol[b] for b in printable + rest]
        vocabulary = singles + [s + "</w>" for s in singles] + [a + b for a, b in merges]
        vocabulary += ["<|startoftext|>", "<|endoftext|>"]
        self.id = {symbol: i for i, symbol in enumerate(vocabulary)}
        self.rank = {pair: i for i, pair in enumerate(merges)}
        self.pattern = regex.compile(
            r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+", regex.IGNORECASE)

    def word(self, word):
        if word in ("<|startoftext|>", "<|endoftext|>"):
            return [self.id[word]]
        symbols = [self.symbol[b] for b in word.encode()]
        symbols[-1] += "</w>"
        while True:
            pairs = [p for p in zip(symbols, symbols[1:]) if p in self.rank]
            if not pairs:
                return [self.id[s] for s in symbols]
            best, merged, i = min(pairs, key=self.rank.get), [], 0
            while i < len(symbols):
                if tuple(symbols[i : i + 2]) == best:
                    merged.append(symbols[i] + symbols[i + 1])
                    i += 2
                else:
                    merged.append(symbols[i])
                    i += 1
            symbols = merged

    def ids(self, text):
        text = html.unescape(html.unescape(ftfy.fix_text(text))).strip()
        text = regex.sub(r"\s+", " ", text).strip().lower()
        return [i for word in self.pattern.findall(text) for i in self.word(word)]


def escaped(text):
    out = ""
    for c in text:
        plain = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c)
        if plain is None:
            invisible = unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") or c in "\u0085\ufeff"
            plain = "".join(f"\\x{b:02x}" for b in c.encode()) if invisible else c
        out += plain
    return out


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    algorithm = published(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    target = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "tokens.txt")
    texts = fixed_texts() + list(random_texts(random.Random(5), 500))
    with open(target, "w", encoding="utf-8", newline="\n") as out:
        out.write("# Written by make_tokens.py: ids, tab, text.\n")
        for text in texts:
            out.write(" ".join(map(str, algorithm.ids(text))) + "\t" + escaped(text) + "\n")


if __name__ == "__main__":
    main()
