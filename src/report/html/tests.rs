//! What every page must keep to, whatever was said.

use super::*;
use crate::report::collection::{Call, Collection};
use crate::report::{Report, sample};

fn index(reports: &[Report]) -> String {
    let mut calls = Collection::default();
    for (at, report) in reports.iter().enumerate() {
        calls.add(Call::new(report, format!("./{at}.html")));
    }
    calls.failed.push("<b>broken</b>.vtt: no format claims it".into());
    index::page(&calls).expect("renders")
}

#[test]
fn the_policy_names_the_very_script_and_style_of_the_page() {
    for page in [call::page(&sample::call(), None).expect("renders"), index(&[sample::call()])] {
        let between = |from: &str, to: &str| {
            let (_, rest) = page.rsplit_once(from).expect("the start");
            rest.split_once(to).expect("the end").0.to_owned()
        };
        let policy = between("Content-Security-Policy\" content=\"", "\">");
        for (tag, end) in [("<script>", "</script>"), ("<style>", "</style>")] {
            let hash = STANDARD.encode(Sha256::digest(between(tag, end).as_bytes()));
            assert!(policy.contains(&hash), "{tag}");
        }
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
        // Nothing in the page asks for what the policy would refuse.
        for refused in [" style=\"", " onclick=", "<link ", "<img", "http://", "https://"] {
            assert!(!page.contains(refused), "{refused}");
        }
    }
}

#[test]
fn every_kind_of_report_has_a_page() {
    for report in [sample::call(), sample::note(), sample::quiet()] {
        let page = call::page(&report, Some("../index.html")).expect("renders");
        assert!(page.contains("All calls"));
        for number in 0..report.findings.len() {
            assert!(page.contains(&format!("id=\"m{number}\"")));
        }
    }
    index(&[]);
    index(&[sample::call(), sample::note(), sample::quiet()]);
}

#[test]
fn what_was_taken_back_is_marked() {
    let mut report = sample::call();
    report.findings[0].taken_back = Some(crate::report::model::TakenBackReport {
        weight: 0.9,
        turn: 4,
        span: [0, 0],
        quote: "scratch that".into(),
        line: None,
        time: Some(61.0),
    });
    let page = call::page(&report, None).expect("renders");
    assert!(page.contains("Taken back") && page.contains("“scratch that”"));
    assert!(page.contains("(taken back)"));
}

#[test]
fn pages_do_not_depend_on_when_or_in_what_order_they_are_made() {
    let reports = [sample::call(), sample::note()];
    assert_eq!(index(&reports), index(&reports));
    let page = |report: &Report| call::page(report, None).expect("renders");
    assert_eq!(page(&reports[0]), page(&reports[0]));
}
