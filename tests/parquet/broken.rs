//! Files that are cut, changed, or larger than they look.

use arrow_array::Int64Array;
use parquet::basic::Compression;
use serde_json::json;
use unsell::columnar::{Named, Rows};

use super::*;

#[test]
fn a_record_that_is_too_long_costs_itself_alone_however_small_its_file() {
    let folder = workspace();
    let long = "a".repeat(1 << 20);
    let turn = [("Dana", None, 1.0, Some(long.as_str()))];
    let many = vec![turn[0]; 20];
    let endless = vec![("Dana", None, 1.0, Some("Yes.")); 300_000];
    let short = ("Dana", None, 1.0, Some("At noon we zibble the wobbet."));
    file(&folder, "calls.parquet", &[("turns", turns(&[&many, &[short]]))]);
    let size = fs::metadata(folder.path().join("calls.parquet")).expect("a file").len();
    assert!(size < 3 << 20, "one text stands in every turn");
    let all = answered(&folder, "calls.parquet");
    assert_eq!(all[0]["error"], "the record is longer than 16777216 bytes");
    assert_eq!(all[1]["findings"][0]["quote"], "zibble the wobbet");
    file(&folder, "calls.parquet", &[("turns", turns(&[&[short], &endless]))]);
    let all = answered(&folder, "calls.parquet");
    assert_eq!(
        all.last().expect("an answer")["error"],
        "a row has a list of more than 262144 elements"
    );
    // Turns that are rows add up as well.
    let rows = 20;
    let columns = [
        ("id", texts(&vec![Some("x"); rows + 1])),
        ("speaker", texts(&vec![Some("Dana"); rows + 1])),
        ("text", texts(&vec![Some(long.as_str()); rows + 1])),
    ];
    file(&folder, "calls.parquet", &columns);
    let all = answered(&folder, "calls.parquet");
    assert_eq!(
        all,
        [
            json!({"id": "x", "file": "calls.parquet", "row": 1, "error": "the record is longer than 16777216 bytes"})
        ]
    );
}

/// Reads a file to its end: how many records, or why it could not be read on.
fn read(path: &Path) -> Result<usize, String> {
    let mut rows =
        Rows::open(path, &Named::default(), &[], 1 << 20).map_err(|fault| fault.message)?;
    let mut records = 0;
    loop {
        match rows.next_batch() {
            Ok(batch) if batch.is_empty() => return Ok(records),
            Ok(batch) => records += batch.len(),
            Err(fault) => return Err(fault.message),
        }
    }
}

#[test]
fn files_that_are_cut_or_changed_end_in_an_error_and_nothing_worse() {
    let folder = workspace();
    let dana = [("Dana", Some("seller"), 0.5, Some("At noon we zibble the wobbet.")); 3];
    for (at, packing) in [Compression::UNCOMPRESSED, Compression::SNAPPY].into_iter().enumerate() {
        let name = format!("calls{at}.parquet");
        let properties = WriterProperties::builder()
            .set_compression(packing)
            .set_max_row_group_row_count(Some(30))
            .build();
        let numbers = Int64Array::from_iter_values(0..100);
        let columns = [
            ("id", array(numbers)),
            ("turns", turns(&[&dana[..]; 100])),
            ("n", texts(&[Some("x"); 100])),
        ];
        write(folder.path().join(&name), Some(properties), &columns);
        let whole = fs::read(folder.path().join(&name)).expect("a file");
        let path = folder.path().join("broken.parquet");
        assert_eq!(read(&folder.path().join(&name)), Ok(100));
        for part in 0..16 {
            fs::write(&path, &whole[..whole.len() * part / 16]).expect("a file");
            let error = read(&path).expect_err("is refused");
            let expected = if part == 0 {
                "the file is empty"
            } else {
                "it does not end as a Parquet file does"
            };
            assert_eq!(error, expected);
        }
        let mut refused = 0;
        let flips = std::env::var("FLIPS").ok().and_then(|flips| flips.parse().ok()).unwrap_or(600);
        let mut random = fastrand::Rng::with_seed(2026);
        for _ in 0..flips {
            let mut bytes = whole.clone();
            // The footer, which says where all else is, half of the time.
            let from = if random.bool() { 0 } else { bytes.len() - bytes.len() / 4 };
            for _ in 0..random.usize(1..4) {
                let at = random.usize(from..bytes.len());
                bytes[at] =
                    if random.bool() { bytes[at] ^ 1 << random.u8(0..8) } else { random.u8(..) };
            }
            fs::write(&path, &bytes).expect("a file");
            refused += usize::from(read(&path).is_err());
        }
        assert!(refused > 0);
    }
    // A file that breaks off is named; what came before it and other files are answered.
    let whole = fs::read(folder.path().join("calls0.parquet")).expect("a file");
    let breaks = (whole.len() / 3..).step_by(100).any(|middle| {
        let mut broken = whole.clone();
        broken[middle..middle + 100].fill(0xff);
        fs::write(folder.path().join("broken.parquet"), broken).expect("a file");
        read(&folder.path().join("broken.parquet")).is_err()
    });
    assert!(breaks);
    let output = run(&folder, "broken.parquet calls0.parquet --format jsonl");
    let all = answers(&output);
    let errors: Vec<_> = all.iter().filter(|answer| !answer["error"].is_null()).collect();
    assert!(
        errors.len() == 1 && errors[0]["file"] == "broken.parquet" && errors[0]["row"].is_null(),
        "{errors:?}"
    );
    assert!(all.len() > 100 && !said(&output).contains("fault"), "{}", said(&output));
}
