//! Model folders that cannot be used: what is said of each, and that nothing is judged with them.
#![cfg(feature = "classifier")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A copy of the built-in model's folder, with one file changed.
fn model(change: impl FnOnce(&Path)) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let builtin = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/unsell-minilm");
    for entry in fs::read_dir(builtin).expect("the model") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("a copy");
    }
    change(folder.path());
    folder
}

/// What is said of a model, its folder called `MODEL`.
fn said(folder: &TempDir) -> String {
    let call = folder.path().join("call.txt");
    fs::write(&call, "Dana: The bus leaves at ten.\nSam: Thank you.\nDana: So.\n").expect("a call");
    let out = folder.path().join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.args(["analyze", "--detector", "classifier", "--model"]).arg(folder.path());
    let output = command.arg(&call).arg("--out").arg(&out).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(!out.exists(), "nothing is written");
    let text = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert!(!text.contains("internal error"), "{text}");
    text.replace(&folder.path().display().to_string(), "MODEL")
}

fn replace(file: &str, from: &str, to: &str) -> impl FnOnce(&Path) {
    move |folder| {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).expect("a text file");
        assert!(text.contains(from), "{from} is not in {file}");
        fs::write(path, text.replace(from, to)).expect("a file");
    }
}

fn cut(file: &str, sixteenth: usize) -> impl FnOnce(&Path) {
    move |folder| {
        let path = folder.join(file);
        let bytes = fs::read(&path).expect("a file");
        fs::write(path, &bytes[..bytes.len() * sixteenth / 16]).expect("a file");
    }
}

#[test]
fn a_missing_file_is_named_with_what_belongs_there() {
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let text = said(&model(|folder| fs::remove_file(folder.join(file)).expect("a file")));
        let expected =
            "not found; a model folder holds config.json, tokenizer.json and model.safetensors";
        assert_eq!(text, format!("error: MODEL/{file}: {expected}\n"));
    }
}

#[test]
fn what_breaks_off_anywhere_is_refused_with_the_file_that_does() {
    for file in ["config.json", "heads.json", "tokenizer.json", "model.safetensors"] {
        for sixteenth in [0, 5, 11, 15] {
            let text = said(&model(cut(file, sixteenth)));
            assert!(text.starts_with(&format!("error: MODEL/{file}: ")), "{text}");
        }
    }
}

#[test]
fn another_shape_or_other_labels_are_refused() {
    let start = |change: Box<dyn FnOnce(&Path)>, file: &str| {
        let text = said(&model(change));
        assert!(text.starts_with(&format!("error: MODEL/{file}: ")), "{text}");
    };
    let key = replace("config.json", "\"hidden_size\"", "\"hidden_sighs\"");
    start(Box::new(key), "config.json");
    let flat = replace("config.json", "\"num_hidden_layers\": 6", "\"num_hidden_layers\": 0");
    start(Box::new(flat), "config.json");
    let many = replace("config.json", "\"prev_layers\": 3", "\"prev_layers\": 7");
    start(Box::new(many), "config.json");
    let wider = replace("config.json", "\"hidden_size\": 384", "\"hidden_size\": 768");
    start(Box::new(wider), "model.safetensors");
    let joy = replace("heads.json", "\"pressure\"", "\"joy\"");
    start(Box::new(joy), "heads.json");
    let labels = |folder: &Path| {
        fs::write(folder.join("heads.json"), "{\"labels\": [\"joy\", \"anger\"]}").expect("a file");
    };
    start(Box::new(labels), "heads.json");
}
