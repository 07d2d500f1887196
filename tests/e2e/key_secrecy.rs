//! No key command and none of its error paths shows a secret, and none leaves one on the disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use yieldsforge::secrets::{Identity, Place};

use super::bourse::{Bourse, Lender};
use super::commands::{Said, program, run};
use super::daemon::House;
use super::keyring::settle;
use super::secrecy::{files, hides};

const MINE: Lender =
    Lender { name: "main", key: "id-4411aa90ffe2-of-mine", secret: "tell-nobody-77ab31c05e", dollars: "600" };
const OTHER: Lender =
    Lender { name: "other", key: "id-90ab12cd34ef-of-other", secret: "hush-hush-0bb1d2e3f4", dollars: "600" };

/// Looks at what a command said, each time one is run.
struct Watch<'a> {
    house: &'a House,
    secrets: Vec<String>,
}

impl Watch<'_> {
    fn run(&self, args: &[&str], input: &str) -> Said {
        let said = run(self.house, args, input);
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let words = format!("{args:?}");
        let mut seen = vec![
            (format!("{words} stdout"), said.out.clone().into_bytes()),
            (format!("{words} stderr"), said.err.clone().into_bytes()),
        ];
        let own = self.house.path("identity.txt").display().to_string();
        seen.extend(files(&self.house.path("")).into_iter().filter(|(path, _)| *path != own));
        hides(&seen, &secrets);
        said
    }

    /// The identity's secret, once there is one.
    fn learn(&mut self) {
        let text = fs::read_to_string(self.house.path("identity.txt")).unwrap();
        self.secrets.extend(text.lines().filter(|line| line.starts_with("AGE-SECRET-KEY")).map(str::to_owned));
    }
}

fn lines(lender: &Lender, secret: &str) -> String {
    format!("{}\n{secret}\n", lender.key)
}

#[test]
fn no_key_command_shows_a_secret_whatever_goes_wrong() {
    let mut bourse = Bourse::open(&[MINE, OTHER]);
    let house = House::build(&bourse, &[]);
    settle(&house);
    fs::set_permissions(house.path("state"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::remove_file(house.path("identity.txt")).unwrap();
    let wrong = "not-the-secret-5566778899";
    let secrets = [MINE.secret, OTHER.secret, MINE.key, OTHER.key, wrong].map(str::to_owned).to_vec();
    let mut watch = Watch { house: &house, secrets };
    let (mine, other) = (lines(&MINE, MINE.secret), lines(&OTHER, OTHER.secret));
    let add = ["key", "add", "main"];

    watch.run(&add, &mine).ended(77, "no such file");
    watch.run(&["key", "identity"], "").ended(0, "age1");
    watch.learn();
    watch.run(&["key", "identity"], "").ended(74, "never overwritten");
    watch.run(&["key", "add", &format!("{}/", MINE.name)], &mine).ended(64, "name");
    for odd in [format!("{}\n", MINE.secret), format!("{mine}{wrong}\n"), format!("{} {}\n\"", MINE.key, MINE.secret)] {
        watch.run(&add, &odd).ended(64, "no API key");
    }
    watch.run(&add, &format!("{}\n{} x\n", MINE.key, MINE.secret)).ended(64, "api_secret is not");
    watch.run(&add, &lines(&MINE, wrong)).ended(77, "Nothing was written");
    bourse.permit("main", &[("withdraw", "rw")]);
    watch.run(&add, &mine).ended(77, "withdraw");
    bourse.permit("main", &[]);
    bourse.fault("garbage");
    watch.run(&add, &mine).ended(69, "no JSON");
    fs::set_permissions(house.path("identity.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    watch.run(&add, &mine).ended(77, "chmod 600");
    fs::set_permissions(house.path("identity.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    watch.run(&add, &mine).ended(0, "added");
    watch.run(&add, &mine).ended(64, "not overwritten");
    watch.run(&["key", "add", "twice"], &mine).ended(77, "already");
    watch.run(&["key", "add", "other"], &other).ended(0, "added");
    house.account(&MINE, "");
    watch.run(&["check"], "").ended(0, "ok");
    for command in ["list", "verify"] {
        watch.run(&["key", command], "").ended(0, "main");
        watch.run(&["key", command, "--json"], "").ended(0, "main");
    }
    watch.run(&["doctor"], "").ended(0, "key of main");
    watch.run(&["key", "rotate"], "").ended(0, "new");
    watch.learn();

    // A key file in clear, one that is cut, one of another identity: complained of, not shown.
    let sealed = fs::read(house.path("keys/other.age")).unwrap();
    fs::write(house.path("keys/other.age"), &sealed[..sealed.len() / 2]).unwrap();
    for args in [&["key", "list"][..], &["key", "verify"], &["key", "rotate"], &["key", "rotate", "--finish"]] {
        watch.run(args, "").ended(77, "other");
    }
    fs::write(house.path("keys/other.age"), sealed).unwrap();

    let daemon = house.serve();
    for args in [&["key", "verify"][..], &["doctor"]] {
        watch.run(args, "").ended(0, "main");
    }
    watch.run(&["key", "rotate"], "").ended(0, "--finish");
    watch.learn();
    watch.run(&["key", "remove", "main"], "").ended(64, "--yes");
    watch.run(&["key", "remove", "main", "--yes"], "").ended(0, "removed");
    drop(daemon);
    drop(bourse);
    watch.run(&["key", "verify", "other"], "").ended(69, "out of reach");
    assert!(Identity::load(&Place { path: house.path("identity.txt"), guarded: false }).is_ok());
    assert!(watch.secrets.len() > 6, "the identities' secrets were looked for too");
    // What is not there cannot be asked for by a variable or an argument either.
    let mut by_variable = program(&house, &["key", "add", "main"]);
    by_variable.env("YIELDSFORGE_API_SECRET", MINE.secret).env("YIELDSFORGE_API_KEY", MINE.key);
    super::commands::finish(by_variable, "").ended(64, "two lines");
}
