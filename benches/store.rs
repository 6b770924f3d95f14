//! How fast the store takes people in, beside plain SQLite inserts of the same rows.
//!
//! People come from the hub, so that no XML is read; contestants take turns, and the figures are medians.

use std::{hint::black_box, path::Path, time::Instant};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate};
use rusqlite::{Connection, types::Value};
use skolebro::{
    domain::{
        AccessLevel, Address, CivilId, CivilIdKind, ContactPerson, CountryCode, Employment, Enrolment, Gender, Grade,
        ImportSource, Member, OrganisationNumber, Person, PersonName, Phone, Phones, Protection, Pupil, PupilRole,
        Relation, SchoolYear, StaffRole, Tie,
    },
    source::intake::{Heading, Keeper, Mode, Outcome, Receipt},
    store::Sqlite,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PEOPLE: usize = 50_000;
const ROUNDS: usize = 5;

fn main() {
    let people: Vec<Member<'static>> = (0..PEOPLE).map(member).collect();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let (mut first, mut again, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let path = folder.path().join(format!("{round}.db"));
        let store = Sqlite::open(&path).expect("a store");
        first.push(timed(|| drop(black_box(import(&store, "999001", 0, &people)))));
        again.push(timed(|| {
            let receipt = import(&store, "999001", 1, &people);
            assert_eq!((receipt.added, receipt.changed, receipt.removed), (0, 0, 0));
        }));
        drop(store);
        let tables = tables(&path);
        let rows: usize = tables.iter().map(|it| it.rows.len()).sum();
        plain.push(copy(&tables, &folder.path().join("plain.db")));
        if round == 0 {
            println!("{PEOPLE} people, {rows} rows");
        }
    }
    let [first, again, plain] = [first, again, plain].map(median);
    let speed = |seconds: f64| PEOPLE as f64 / seconds;
    println!("\n| what | people a second | microseconds each |\n| --- | --- | --- |");
    for (what, seconds) in [("first import", first), ("the same again", again), ("plain inserts", plain)] {
        println!("| {what} | {:.0} | {:.1} |", speed(seconds), seconds * 1e6 / PEOPLE as f64);
    }
    println!("\n| what | measured against | ratio | at least |\n| --- | --- | --- | --- |");
    row("import of 50 000 people into SQLite", "plain inserts of the same rows", plain / first, 0.20);
    row("the same import again", "the first one", first / again, 3.0);
}

fn row(what: &str, against: &str, ratio: f64, target: f64) {
    println!("| {what} | {against} | {ratio:.2} | {target:.2} |");
}

/// The seconds that the work kept this thread's core busy: a machine that does other things too does not count. Where the
/// system does not tell, the seconds that went by.
fn timed(work: impl FnOnce()) -> f64 {
    let busy = || {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse::<f64>().ok().map(|it| it / 1e9)
    };
    let (began, before) = (Instant::now(), busy());
    work();
    let passed = began.elapsed().as_secs_f64();
    before.zip(busy()).map_or(passed, |(before, after)| after - before)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn import(store: &Sqlite, institution: &'static str, minute: i64, people: &[Member<'static>]) -> Receipt {
    let extracted_at: DateTime<FixedOffset> =
        DateTime::parse_from_rfc3339("2026-09-01T04:00:00+02:00").expect("a moment");
    let source = ImportSource {
        source: "Bench".into(),
        extracted_at: extracted_at + Duration::minutes(minute),
        school_year: SchoolYear { first: 2026, last: 2027 },
    };
    let institution = OrganisationNumber::new(institution);
    let heading = Heading { mode: Mode::Full, institution, name: None, sources: vec![source], confirmed: false };
    let mut intake = store.begin(heading).expect("nobody else imports");
    for member in people {
        intake.member(member).expect("room enough");
    }
    match intake.commit().expect("room enough") {
        Outcome::Done(receipt) => receipt,
        Outcome::Held { .. } => unreachable!("nobody leaves"),
    }
}

/// A table as it is kept: how it is made, its indexes, and its rows.
struct Table {
    name: String,
    schema: Vec<String>,
    rows: Vec<Vec<Value>>,
}

fn tables(path: &Path) -> Vec<Table> {
    let connection = Connection::open(path).expect("the store's file");
    let schema = |name: &str| -> Vec<String> {
        let mut select = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL ORDER BY type DESC")
            .expect("a statement");
        let found = select.query_map([name], |row| row.get(0)).expect("rows");
        found.map(|it| it.expect("a text")).collect()
    };
    let names = ["institution", "scope", "entity", "user", "identity", "journal"];
    names
        .iter()
        .map(|name| {
            let mut select = connection.prepare(&format!("SELECT * FROM {name}")).expect("a statement");
            let width = select.column_count();
            let rows = select.query_map([], |row| (0..width).map(|it| row.get(it)).collect()).expect("rows");
            let rows = rows.collect::<Result<_, _>>().expect("values");
            Table { name: (*name).to_owned(), schema: schema(name), rows }
        })
        .collect()
}

/// The yardstick: the same rows with the same indexes, put in one by one, in one transaction.
fn copy(tables: &[Table], path: &Path) -> f64 {
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
    let mut connection = Connection::open(path).expect("a file");
    connection.pragma_update(None, "page_size", 8192).expect("a setting");
    connection.pragma_update(None, "journal_mode", "WAL").expect("a setting");
    connection.pragma_update(None, "synchronous", "FULL").expect("a setting");
    connection.pragma_update(None, "cache_size", -65536).expect("a setting");
    for sql in tables.iter().flat_map(|it| &it.schema) {
        connection.execute_batch(sql).expect("a table");
    }
    timed(|| {
        let transaction = connection.transaction().expect("a transaction");
        for Table { name, schema: _, rows } in tables {
            let Some(first) = rows.first() else { continue };
            let places = vec!["?"; first.len()].join(", ");
            let mut insert =
                transaction.prepare(&format!("INSERT INTO {name} VALUES ({places})")).expect("a statement");
            for row in rows {
                insert.execute(rusqlite::params_from_iter(row)).expect("a row");
            }
        }
        transaction.commit().expect("room enough");
    })
}

/// Two of three are pupils with two contact persons.
fn member(at: usize) -> Member<'static> {
    let class = format!("{}-{}", at / 24 % 10, at / 240);
    let groups = vec![format!("Hold {}", at % 997).into()];
    let tie = if at.is_multiple_of(3) {
        Tie::Staff(Employment {
            roles: vec![StaffRole::Teacher],
            initials: Some(format!("{:03X}", at % 4096).into()),
            occupation: Some("Lærer".into()),
            location: None,
            groups,
        })
    } else {
        let contact = |place: usize, relation| ContactPerson {
            person: person(1_000_000 + 2 * at + place),
            relation,
            custody: true,
            access: Some(AccessLevel::Sensitive),
            office: None,
        };
        Tie::Pupil(Pupil {
            enrolment: Enrolment {
                role: PupilRole::Pupil,
                grade: Some(Grade::Year(7)),
                main_group: class.into(),
                student_number: Some(at.to_string().into()),
                location: None,
                groups,
            },
            contacts: vec![contact(0, Relation::Mother), contact(1, Relation::Father)],
        })
    };
    Member {
        source: "Bench".into(),
        local_id: Some(format!("L-{at}").into()),
        person: Some(person(at)),
        tie: Some(tie),
        since: None,
    }
}

/// Everybody has a replacement number, and nobody the same one.
fn person(at: usize) -> Person<'static> {
    const GIVEN: [&str; 6] = ["Alma", "Bjørn", "Ida Marie", "Lærke", "Oscar", "Åse"];
    const FAMILY: [&str; 5] = ["Andersen", "Bæk", "Møller", "Sørensen", "Østergaard"];
    let mut person = Person::named(PersonName::new(GIVEN[at % 6], FAMILY[at % 5]));
    person.protection = Protection::Open;
    let number = format!("{:02}{:02}{:06}", 61 + at % 28, 1 + at / 28 % 12, at / 336);
    person.civil_id = Some(CivilId::new(number, CivilIdKind::Replacement, CountryCode::DK));
    person.birth_date = NaiveDate::from_ymd_opt(2015, 1, 1);
    person.gender = Some(Gender::Female);
    person.email = Some(format!("p{at}@skole.example").into());
    person.address = Some(Address {
        street: Some(format!("Tjørnevej {}", at % 199).into()),
        postal_code: Some("9994".into()),
        town: Some("Demoby".into()),
        country_code: Some(CountryCode::DK),
        country: Some("Danmark".into()),
        municipality_code: Some("998".into()),
        municipality_name: Some("Demo Kommune".into()),
    });
    let mobile = Phone { number: format!("00 00 {:02} {:02}", at % 100, at / 100 % 100).into(), protected: false };
    person.phones = Phones { home: None, work: None, mobile: Some(mobile) };
    person
}
