//! Somebody who has no key has had the log in hand.

use super::*;

/// What is told of a log of six records, the first of its file and five accesses, after a change of its lines.
fn after(change: impl FnOnce(&mut Vec<String>)) -> String {
    let log = Log::new();
    log.accesses(5);
    let mut lines = log.lines();
    assert_eq!(lines.len(), 6);
    change(&mut lines);
    log.write_lines(&lines);
    log.told()
}

#[test]
fn nobody_has_had_it_in_hand() {
    assert_eq!(after(|_| {}), "6 records");
}

#[test]
fn a_record_that_was_changed_is_named() {
    let changed = "audit-2026-11.jsonl:3: record 3 is not what was written, or the one before it is not";
    assert_eq!(after(|lines| lines[2] = lines[2].replace("\"who\":\"A\"", "\"who\":\"B\"")), changed);
    assert_eq!(after(|lines| lines[2] = lines[2].replace("\"ms\":1.234", "\"ms\":1.235")), changed);
    assert_eq!(
        after(|lines| lines[2] = lines[2].replace("\"seq\":3", "\"seq\":4")),
        "audit-2026-11.jsonl:3: record 3 is missing before it"
    );
    assert_eq!(after(|lines| lines[2] = "{}".to_owned()), "audit-2026-11.jsonl:3: this is no record");
}

#[test]
fn a_record_that_is_gone_is_named() {
    assert_eq!(after(|lines| drop(lines.remove(2))), "audit-2026-11.jsonl:3: record 3 is missing before it");
    assert_eq!(after(|lines| drop(lines.drain(2..4))), "audit-2026-11.jsonl:3: records 3 to 4 are missing before it");
    assert_eq!(
        after(|lines| drop(lines.remove(0))),
        "audit-2026-11.jsonl:1: records 1 to 1 are missing before it".replace("records 1 to 1 are", "record 1 is")
    );
}

#[test]
fn records_that_change_places_are_named() {
    let told = after(|lines| lines.swap(2, 3));
    assert_eq!(told, "audit-2026-11.jsonl:3: this was put in, or has changed its place");
}

#[test]
fn a_record_that_was_put_in_is_named() {
    let inserted = "audit-2026-11.jsonl:3: this was put in, or has changed its place";
    assert_eq!(after(|lines| lines.insert(2, lines[2].replace("\"who\":\"A\"", "\"who\":\"B\""))), inserted);
    assert_eq!(after(|lines| lines.insert(2, lines[4].clone())), inserted);
    assert_eq!(after(|lines| lines.insert(2, String::new())), inserted);
    let last = "audit-2026-11.jsonl:7: record 7 is not what was written, or the one before it is not";
    assert_eq!(after(|lines| lines.push(lines[5].replace("\"seq\":6", "\"seq\":7"))), last);
}

/// Whoever writes next owns up to what somebody else has put at the end, but it stays a break.
#[test]
fn what_somebody_else_has_appended_stays_a_break() {
    let log = Log::new();
    log.accesses(2);
    append(&log.file(), b"{\"seq\":4,\"is\":\"access\"}\n{\"seq\":5}\n");
    log.accesses(1);
    assert!(log.told().starts_with("audit-2026-11.jsonl:4: 34 bytes that somebody else has written"), "{}", log.told());
}

/// The end can be cut off without a trace, unless somebody knows where it was.
#[test]
fn a_log_that_was_cut_off_is_known_by_an_earlier_head() {
    let log = Log::new();
    log.accesses(5);
    let head = log.verify().head;
    let mut lines = log.lines();
    let cut = lines.pop().unwrap();
    log.write_lines(&lines);
    let verified = |head: &str| told(&verify::verify(&log.path(), &log.key(), Some(head)).unwrap());
    assert_eq!(log.told(), "5 records");
    assert_eq!(
        verified(&head),
        "the last file:0: no record has the head that was told: the log has been cut off or written anew"
    );
    lines.push(cut);
    log.write_lines(&lines);
    assert_eq!(verified(&head), "6 records");
    log.accesses(3);
    assert_eq!(verified(&head.to_uppercase()), "9 records", "the log may have gone on");
    assert!(verify::verify(&log.path(), &log.key(), Some("12")).is_err());
}

/// A process that still writes notices it by itself.
#[test]
fn a_log_that_was_cut_off_under_a_process_is_owned_up_to() {
    let log = Log::new();
    let audit = log.open();
    (0..4).for_each(|it| see(&audit, "A", &[person(it)]));
    let lines = log.lines();
    log.write_lines(&lines[..3]);
    see(&audit, "A", &[person(9)]);
    let broken = log.verify().broken.unwrap();
    assert_eq!((broken.line, broken.why.as_str()), (4, "records up to 5 were there before it and are gone"));
}

/// Whoever has no key cannot make the chain anew: the codes are no plain digests.
#[test]
fn another_key_makes_another_chain() {
    let (log, other) = (Log::new(), Log::new());
    log.accesses(3);
    other.accesses(3);
    let (mine, others) = (log.lines(), other.lines());
    log.write_lines(&[vec![mine[0].clone()], others[1..].to_vec()].concat());
    assert_eq!(log.told(), "audit-2026-11.jsonl:2: record 2 is not what was written, or the one before it is not");
}
