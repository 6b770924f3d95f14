//! Canonical forms, against what the specification shows and against a slow and plain rendering of made-up trees.

use proptest::prelude::*;
use wsse::c14n::{Exclusive, Malformed, Pieces};

use crate::trees::{Dice, Tree};

fn how(inclusive: &[&str], comments: bool) -> Exclusive {
    Exclusive { inclusive: inclusive.iter().map(|it| (*it).to_owned()).collect(), comments }
}

fn element(how: &Exclusive, text: &str, start: &str) -> Result<String, Malformed> {
    let mut canonical = String::new();
    how.element(text, text.find(start).unwrap(), &mut canonical)?;
    Ok(canonical)
}

fn plain(text: &str, start: &str) -> String {
    element(&how(&[], false), text, start).unwrap()
}

fn wrong(text: &str) -> &'static str {
    let mut pieces = Pieces::new(&how(&[], false), String::new());
    let whole = element(&how(&[], false), text, "<a").err();
    let pieces = pieces.write(text).and_then(|()| pieces.finish()).map(drop).expect_err(text);
    // What stands behind the element does not concern its canonical form.
    assert!(whole.is_none_or(|it| it == pieces), "{text}: {whole:?}, {pieces:?}");
    pieces.0
}

#[test]
fn only_namespaces_that_are_used_are_declared() {
    let text = "<a:r xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" xmlns=\"urn:d\"><b:e c='1'><f/></b:e></a:r>";
    assert_eq!(plain(text, "<b:e"), "<b:e xmlns:b=\"urn:b\" c=\"1\"><f xmlns=\"urn:d\"></f></b:e>");
    let with = |prefixes: &[&str]| element(&how(prefixes, false), text, "<b:e").unwrap();
    assert_eq!(with(&["a"]), "<b:e xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" c=\"1\"><f xmlns=\"urn:d\"></f></b:e>");
    assert_eq!(with(&["#default"]), "<b:e xmlns=\"urn:d\" xmlns:b=\"urn:b\" c=\"1\"><f></f></b:e>");
    assert_eq!(with(&["none", "xml"]), plain(text, "<b:e"));
}

#[test]
fn the_default_namespace_can_be_taken_back() {
    let text = "<a xmlns=\"urn:a\"><b xmlns=\"\"><c xmlns=\"urn:a\"/><d/></b></a>";
    assert_eq!(plain(text, "<a"), "<a xmlns=\"urn:a\"><b xmlns=\"\"><c xmlns=\"urn:a\"></c><d></d></b></a>");
    assert_eq!(plain(text, "<b"), "<b><c xmlns=\"urn:a\"></c><d></d></b>");
    assert_eq!(plain(text, "<d"), "<d></d>");
}

#[test]
fn a_prefix_that_is_bound_anew_is_declared_anew() {
    let text = "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"/><p:c/><x xmlns:p=\"urn:2\"><p:d/></x></p:a>";
    let expected =
        "<p:a xmlns:p=\"urn:1\"><p:b xmlns:p=\"urn:2\"></p:b><p:c></p:c><x><p:d xmlns:p=\"urn:2\"></p:d></x></p:a>";
    assert_eq!(plain(text, "<p:a"), expected);
    let listed = element(&how(&["p"], false), text, "<p:a").unwrap();
    assert_eq!(listed, expected.replace("<x><p:d xmlns:p=\"urn:2\">", "<x xmlns:p=\"urn:2\"><p:d>"));
}

#[test]
fn attributes_stand_in_the_order_of_their_namespaces_and_names() {
    let text = "<a z='1' b:y='2' a:x='3' xmlns:b='urn:1' xml:lang='da' a='4' xmlns:a='urn:2'/>";
    assert_eq!(
        plain(text, "<a"),
        "<a xmlns:a=\"urn:2\" xmlns:b=\"urn:1\" a=\"4\" z=\"1\" xml:lang=\"da\" b:y=\"2\" a:x=\"3\"></a>"
    );
}

#[test]
fn values_and_text_are_normalised() {
    let text = "<a x='\t1\r\n2\n\r3&#9;&#10;&#13;&quot;&apos;&lt;>&amp;' y=\"'\">\t1\r\n2\r3&#13;&#x41;\"'&gt;>&lt;&amp;<![CDATA[<&>\r\n]]></a>";
    assert_eq!(
        plain(text, "<a"),
        "<a x=\" 1 2  3&#x9;&#xA;&#xD;&quot;'&lt;>&amp;\" y=\"'\">\t1\n2\n3&#xD;A\"'&gt;&gt;&lt;&amp;&lt;&amp;&gt;\n</a>"
    );
}

#[test]
fn comments_and_instructions() {
    let text = "<?xml version='1.0'?><!--0--><a><!-- 1\r\n--><?p   q\rr ?><?p?><?p ?></a><!--2-->";
    assert_eq!(plain(text, "<a"), "<a><?p q\nr ?><?p?><?p?></a>");
    assert_eq!(element(&how(&[], true), text, "<a").unwrap(), "<a><!-- 1\n--><?p q\nr ?><?p?><?p?></a>");
}

#[test]
fn tags_are_written_in_one_way() {
    assert_eq!(plain("<a\n><b\t/><c ></c\r></a >", "<a"), "<a><b></b><c></c></a>");
}

/// What is wrong with a text, and texts of which that is so.
const ILL_FORMED: &[(&str, &[&str])] = &[
    ("a document type declaration", &["<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"]),
    (
        "a reference to something that is not declared",
        &["<a>&b;</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#+65;</a>", "<a>&#;</a>", "<a b='&c;'/>"],
    ),
    ("the text ends within a piece of markup", &["<a>& b</a>", "<a b='&c'/>", "<a><![CDATA[x</a>"]),
    ("a reference that does not end", &["<a>&aaaaaaaaaaaaaaaaaaaaaa;</a>"]),
    ("a prefix that is not declared", &["<b:a/><a/>", "<a b:c=''/>", "<a><xmlns:b/></a>"]),
    ("an attribute that is given twice", &["<a b='1' b='2'/>", "<a xmlns:b='u' xmlns:c='u' b:x='1' c:x='2'/>"]),
    ("a prefix that is declared twice in one element", &["<a xmlns:b='u' xmlns:b='v'/>", "<a xmlns='u' xmlns='u'/>"]),
    (
        "a namespace declaration that is not allowed",
        &[
            "<a xmlns:b=''/>",
            "<a xmlns:xmlns='u'/>",
            "<a xmlns:xml='u'/>",
            "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
            "<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>",
        ],
    ),
    ("an end tag that is not that of the innermost element", &["<a></b>", "<a></aa>", "<a></a b>", "<ab></a>"]),
    ("an end tag without a start tag", &["<a/></a>"]),
    ("a second root element", &["<a/><a/>"]),
    ("text outside the root element", &["<a/>x", "<a/>&#32;", "<a/><![CDATA[]]>"]),
    ("the document does not end", &["<a>"]),
    ("text with the end of a CDATA section", &["<a>]]></a>"]),
    ("a comment with two hyphens", &["<a><!-- a -- b --></a>", "<a><!-- a ---></a>"]),
    (
        "an XML declaration that is not at the beginning",
        &["<a><?xml version='1.0'?></a>", " <?xml version='1.0'?><a/>", "<a><?XML ?></a>"],
    ),
    ("a processing instruction with a wrong target", &["<a><?b:c ?></a>"]),
    ("a name with an empty part", &["<a><? b?></a>", "<a :b=''/>"]),
    ("a name with a character that no name has", &["<a><1/></a>", "<a><b:1 xmlns:b='u'/></a>", "<a><×/></a>"]),
    ("a name with two colons", &["<a><b:c:d/></a>"]),
    ("a tag without a blank before an attribute", &["<a b=''c=''/>"]),
    ("an attribute without a value", &["<a b/>"]),
    ("an attribute without quotes", &["<a b=c/>"]),
    ("a value with the beginning of a tag", &["<a b='<'/>"]),
    ("a tag with a stray slash", &["<a / >"]),
];

#[test]
fn what_is_not_well_formed_has_no_canonical_form() {
    for (what, texts) in ILL_FORMED {
        for text in *texts {
            assert_eq!(wrong(text), *what, "{text}");
        }
    }
}

#[test]
fn forbidden_characters_are_refused_wherever_they_stand() {
    for forbidden in ['\0', '\u{1}', '\u{b}', '\u{1f}', '\u{fffe}', '\u{ffff}'] {
        for text in ["<a>x@</a>", "<a b='@'/>", "<a><!--@--></a>", "<a><![CDATA[@]]></a>", "<a><?b @?></a>"] {
            let text = text.replace('@', &forbidden.to_string());
            assert_eq!(wrong(&text), "a character that XML forbids", "{text:?}");
        }
    }
    assert_eq!(plain("<a>\u{fffd}\u{ff21}ø\u{10ffff}\u{7f}</a>", "<a"), "<a>\u{fffd}\u{ff21}ø\u{10ffff}\u{7f}</a>");
    assert_eq!(plain("<æ·-1.é/>", "<"), "<æ·-1.é></æ·-1.é>");
}

#[test]
fn everything_has_its_bound() {
    let deep = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert_eq!(plain(&deep(200), "<a").len(), deep(200).len());
    assert_eq!(wrong(&deep(201)), "more than 200 elements inside each other");
    assert_eq!(wrong(&"<a>".repeat(1_000_000)), "more than 200 elements inside each other");
    let wide = |count: usize| format!("<a {}/>", (0..count).map(|it| format!(" b{it}=''")).collect::<String>());
    plain(&wide(64), "<a");
    assert_eq!(wrong(&wide(65)), "an element with more than 64 attributes");
    assert_eq!(wrong(&wide(100_000)), "an element with more than 64 attributes");
    let nested: String = (0..150).map(|it| format!("<a xmlns:p{it}='u' xmlns:q{it}='u'>")).collect();
    assert_eq!(wrong(&nested), "more than 256 namespace declarations around an element");
    for (open, close) in [("<a b='", "'/>"), ("<a><!--", "--></a>"), ("<a><![CDATA[", "]]></a>"), ("<a><?b ", "?></a>")]
    {
        plain(&format!("{open}{}{close}", "x".repeat(1_000_000)), "<a");
        let large = format!("{open}{}{close}", "x".repeat(1_050_000));
        assert_eq!(wrong(&large), "a piece of markup of more than a mebibyte");
    }
    // Text has none.
    assert_eq!(plain(&format!("<a>{}</a>", "]\r".repeat(2_000_000)), "<a").len(), 4_000_007);
}

/// A piece of markup that arrives byte by byte is not looked through again for every byte: that would be a million million
/// looks here.
#[test]
fn small_pieces_of_large_markup_are_not_read_again_and_again() {
    let mut pieces = Pieces::new(&how(&[], false), String::new());
    pieces.write("<a b='").unwrap();
    for _ in 0..1_000_000 {
        pieces.write(">").unwrap();
    }
    pieces.write("'/>").unwrap();
    assert_eq!(pieces.finish().unwrap().len(), "<a b=\"\"></a>".len() + 1_000_000);
}

#[test]
fn only_an_element_has_an_exclusive_form() {
    let fails = |at| how(&[], false).element("<a>text<b/></a>", at, &mut String::new()).unwrap_err().0;
    assert_eq!(fails(1), "no element begins there");
    assert_eq!(fails(3), "no element begins there");
    assert_eq!(fails(11), "an end tag without a start tag");
    assert_eq!(fails(15), "no element begins there");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn as_a_plain_rendering_says(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let tree = Tree::made(&mut dice);
        let (text, places) = tree.source(&mut dice);
        for list in [&[][..], &["a"], &["#default"], &["a", "b", "#default", "unknown"]] {
            for comments in [false, true] {
                let how = how(list, comments);
                let mut all = String::new();
                how.element(&text, places[0], &mut all).unwrap();
                prop_assert_eq!(&all, &tree.canonical(0, list, comments), "{}", &text);
                let apex = dice.below(places.len());
                let mut one = String::new();
                how.element(&text, places[apex], &mut one).unwrap();
                prop_assert_eq!(&one, &tree.canonical(apex, list, comments), "{} at {}", &text, places[apex]);
                // In pieces, of every size.
                let mut pieces = Pieces::new(&how, String::new());
                let mut rest = text.as_str();
                while !rest.is_empty() {
                    let most = 1 + dice.below(7 + rest.len() / 3);
                    let cut = rest.char_indices().map(|it| it.0).take_while(|it| *it <= most).last().filter(|it| *it > 0);
                    let (piece, behind) = rest.split_at(cut.unwrap_or(rest.len()));
                    pieces.write(piece).unwrap();
                    rest = behind;
                }
                prop_assert_eq!(&pieces.finish().unwrap(), &all);
            }
        }
    }

    #[test]
    fn a_canonical_form_is_its_own(seed in any::<u64>()) {
        let tree = Tree::made(&mut Dice(seed));
        let canonical = tree.canonical(0, &[], true);
        let mut again = String::new();
        how(&[], true).element(&canonical, 0, &mut again).unwrap();
        prop_assert_eq!(again, canonical);
    }

    #[test]
    fn whole_and_in_pieces_agree_on_anything(text in "[<>/a: ='\"&;#x\\]\\[!CDAT?\\-\r\n]{0,40}", cut in 0usize..40) {
        let mut whole = Pieces::new(&how(&[], true), String::new());
        let whole = whole.write(&text).and_then(|()| whole.finish());
        let mut pieces = Pieces::new(&how(&[], true), String::new());
        let (first, second) = text.split_at(cut.min(text.len()));
        let pieces = pieces.write(first).and_then(|()| pieces.write(second)).and_then(|()| pieces.finish());
        // Which of two wrongs is met first may differ.
        prop_assert_eq!(whole.ok(), pieces.ok());
    }
}
