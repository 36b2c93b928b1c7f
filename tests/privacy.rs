//! Nothing leaves the machine: no crate that could bring it out, and no need of a network.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Crates that speak HTTP, TLS, DNS or any other protocol, and runtimes that come with them; a name stands
/// for all that begin with it and a hyphen.
#[rustfmt::skip]
const SPEAKERS: &[&str] = &[
    "async-std",
    "attohttpc",
    "aws",
    "azure",
    "curl",
    "dns-lookup",
    "domain",
    "grpcio",
    "h2",
    "h3",
    "hickory",
    "http",
    "httparse",
    "hyper",
    "isahc",
    "lettre",
    "minreq",
    "mio-serial",
    "native-tls",
    "octocrab",
    "openssl",
    "opentelemetry",
    "quiche",
    "quinn",
    "reqwest",
    "resolv-conf",
    "rustls",
    "s2n",
    "schannel",
    "security-framework",
    "sentry",
    "socket2",
    "ssh2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "trust-dns",
    "tungstenite",
    "ureq",
    "webpki",
    "websocket",
    "hf-hub",
    "posthog",
];

/// The crates that the program is built from, with all its features or only the plain ones; what serves
/// tests and build scripts is left out.
fn crates(features: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    cargo.args(["tree", "--locked", "--edges", "normal", "--prefix", "none"]);
    cargo.args(["--format", "{p}", features]);
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("names are UTF-8");
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn speaks(name: &str) -> bool {
    let is = |speaker: &&str| {
        let rest = name.strip_prefix(*speaker);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    SPEAKERS.iter().any(is)
}

#[test]
fn no_crate_of_the_program_speaks_to_a_network() {
    for features in ["--no-default-features", "--features=classifier,parquet"] {
        let crates = crates(features);
        assert!(crates.contains("unsell") && crates.len() > 50, "{crates:?}");
        let speakers: Vec<_> = crates.iter().filter(|name| speaks(name)).collect();
        assert!(speakers.is_empty(), "{features}: {speakers:?}");
    }
    assert!(speaks("rustls-webpki") && speaks("hyper") && !speaks("hypertext"));
}

/// The program's own code opens no socket either.
#[test]
fn no_code_of_the_program_names_a_socket() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in
            std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                for word in ["std::net", "TcpStream", "UdpSocket", "UnixStream", "ToSocketAddrs"] {
                    assert!(!text.contains(word), "{} names {word}", path.display());
                }
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_batch_needs_no_network() {
    let apart = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", program]);
        command
    };
    if !apart("true").output().is_ok_and(|output| output.status.success()) {
        println!("skipped: this machine lends no network namespace");
        return;
    }
    let out = tempfile::tempdir().expect("a temporary folder");
    let run = |mut command: Command, name: &str| {
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["analyze", "examples", "--detector", "lexicon", "--format", "csv", "--out"]);
        let output = command.arg(out.path().join(name)).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(out.path().join(name).join("findings.csv")).expect("a table")
    };
    let program = env!("CARGO_BIN_EXE_unsell");
    let alone = run(apart(program), "alone");
    assert!(alone.len() > 1_000 && alone == run(Command::new(program), "ordinary"));
}
