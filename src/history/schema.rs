//! The shape of a history file, and the steps that lead to it from every older one.
//!
//! A file says by its `application_id` that it is a history, and by its `user_version` how many of
//! the steps it has behind it. A step is never changed once it was released; a new shape is a new step.

use rusqlite::{Connection, TransactionBehavior};

use super::HistoryError;

/// What marks a SQLite file as a history: `unsl` in bytes.
const APPLICATION: i64 = 0x756e_736c;

/// From an empty file to the shape of today. Text without a speaker has the empty name. `held` is
/// the day of the call; `place` tells apart speakers of one call who share a name.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL,
        format TEXT NOT NULL,
        held TEXT,
        analyzed TEXT NOT NULL,
        engine TEXT NOT NULL,
        lexicon TEXT,
        model TEXT
    ) STRICT;
    CREATE TABLE speakers (
        call INTEGER NOT NULL REFERENCES calls ON DELETE CASCADE,
        place INTEGER NOT NULL,
        name TEXT NOT NULL,
        ident TEXT,
        role TEXT NOT NULL,
        words INTEGER NOT NULL,
        PRIMARY KEY (call, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE scores (
        call INTEGER NOT NULL,
        place INTEGER NOT NULL,
        axis TEXT NOT NULL,
        score REAL NOT NULL,
        low REAL NOT NULL,
        high REAL NOT NULL,
        evidence TEXT NOT NULL,
        PRIMARY KEY (call, place, axis),
        FOREIGN KEY (call, place) REFERENCES speakers ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counts (
        call INTEGER NOT NULL,
        place INTEGER NOT NULL,
        axis TEXT NOT NULL,
        behaviour TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (call, place, axis, behaviour),
        FOREIGN KEY (call, place, axis) REFERENCES scores ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE moments (
        call INTEGER NOT NULL,
        number INTEGER NOT NULL,
        place INTEGER NOT NULL,
        seconds REAL,
        line INTEGER,
        behaviour TEXT NOT NULL,
        score REAL NOT NULL,
        quote TEXT NOT NULL,
        taken_back TEXT,
        PRIMARY KEY (call, number),
        FOREIGN KEY (call, place) REFERENCES speakers ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
"];

/// What a file is to this program.
enum Kind {
    /// Nothing is in it yet.
    Empty,
    /// A history that has this many steps behind it.
    History(usize),
    /// Somebody else's.
    Foreign,
}

fn kind(connection: &Connection) -> rusqlite::Result<Kind> {
    let number = |query: &str| connection.query_row(query, [], |row| row.get::<_, i64>(0));
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, version, tables) {
        (APPLICATION, version, _) => Kind::History(usize::try_from(version).unwrap_or(usize::MAX)),
        (0, 0, 0) => Kind::Empty,
        _ => Kind::Foreign,
    })
}

/// Brings a file to the shape of today, whole or not at all. An empty one becomes a history only
/// where `create` says so.
pub(super) fn prepare(connection: &mut Connection, create: bool) -> Result<(), HistoryError> {
    advance(connection, create, STEPS)
}

/// [`prepare`] for any list of steps.
pub(super) fn advance(
    connection: &mut Connection,
    create: bool,
    steps: &[&str],
) -> Result<(), HistoryError> {
    match kind(connection)? {
        // Nothing is written where nothing must be: whoever may only read can.
        Kind::History(version) if version == steps.len() => return Ok(()),
        Kind::History(version) if version > steps.len() => {
            let message = format!(
                "a newer unsell wrote this history (its shape is {version}, this program knows {})",
                steps.len()
            );
            return Err(HistoryError::new(message).with_help("use the newer unsell"));
        }
        Kind::History(_) => {}
        Kind::Empty if create => {}
        Kind::Empty => return Err(HistoryError::new("this file is empty, and no history")),
        Kind::Foreign => {
            return Err(HistoryError::new("this is a SQLite file of another program, no history"));
        }
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another program may have been quicker since the first look.
    let done = match kind(&transaction)? {
        Kind::History(version) => version,
        Kind::Empty | Kind::Foreign => 0,
    };
    for step in steps.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", steps.len().max(done) as i64)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory() -> Connection {
        Connection::open_in_memory().expect("a file in memory")
    }

    fn shape(connection: &Connection) -> Vec<String> {
        let query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
        let mut statement = connection.prepare(query).expect("a query");
        let rows = statement.query_map([], |row| row.get(0)).expect("rows");
        rows.map(|row| row.expect("a row")).collect()
    }

    #[test]
    fn every_older_shape_becomes_the_shape_of_today() {
        let mut fresh = memory();
        prepare(&mut fresh, true).expect("a new history");
        for version in 0..=STEPS.len() {
            let mut old = memory();
            advance(&mut old, true, &STEPS[..version]).expect("an old history");
            prepare(&mut old, false).expect("it is brought up to date");
            assert_eq!(shape(&old), shape(&fresh), "from version {version}");
        }
    }

    #[test]
    fn steps_run_once_each_and_keep_what_is_there() {
        let steps = [
            "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);",
            "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x + 1;",
        ];
        let mut connection = memory();
        advance(&mut connection, true, &steps[..1]).expect("the first step");
        for _ in 0..2 {
            advance(&mut connection, false, &steps).expect("the second step");
        }
        let row = connection.query_row("SELECT x, y FROM a", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(row.expect("one row"), (7, 8));
    }

    #[test]
    fn a_step_that_fails_leaves_the_older_shape() {
        let steps = ["CREATE TABLE a (x INTEGER);", "CREATE TABLE b (x INTEGER); nonsense;"];
        let mut connection = memory();
        advance(&mut connection, true, &steps[..1]).expect("the first step");
        let before = shape(&connection);
        advance(&mut connection, false, &steps).expect_err("nonsense");
        assert_eq!(shape(&connection), before);
        advance(&mut connection, false, &steps[..1]).expect("it is still version 1");
    }

    #[test]
    fn what_is_newer_foreign_or_empty_is_refused_and_left_alone() {
        let mut newer = memory();
        advance(&mut newer, true, &["CREATE TABLE a (x);"; 1]).expect("a history");
        newer.pragma_update(None, "user_version", 99).expect("a version");
        let error = prepare(&mut newer, true).expect_err("it is newer").to_string();
        assert!(error.contains("newer unsell"), "{error}");
        let mut foreign = memory();
        foreign.execute_batch("CREATE TABLE mail (x);").expect("a table");
        let error = prepare(&mut foreign, true).expect_err("it is foreign").to_string();
        assert!(error.contains("another program"), "{error}");
        assert_eq!(shape(&foreign), ["CREATE TABLE mail (x)"]);
        let error = prepare(&mut memory(), false).expect_err("it is empty").to_string();
        assert!(error.contains("empty"), "{error}");
    }
}
