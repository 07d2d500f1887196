//! The command line as a user meets it: completions, the manual page, schemas, codes. The real program, as a process.

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Output, Stdio};

    fn yieldsforge(arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_yieldsforge")).args(arguments).output().unwrap()
    }

    fn told(arguments: &[&str]) -> String {
        let output = yieldsforge(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every command that the help names.
    fn commands() -> Vec<String> {
        let help = told(&["--help"]);
        let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
        // A command's line is indented by two; what goes on in the next line, by more.
        let names = listed.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
        let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
        names.map(str::to_owned).collect()
    }

    /// Feeds `text` to a program, which must take it without a word of complaint; answers what it made of it, or nothing
    /// when it is not installed.
    fn feed(program: &str, arguments: &[&str], text: &str) -> Option<String> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let Ok(mut child) = command.spawn() else {
            println!("skipped: {program} is not installed");
            return None;
        };
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{program}: {complaints}");
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn completions_name_every_command_and_the_shell_reads_them() {
        let commands = commands();
        assert!(commands.len() >= 7, "{commands:?}");
        for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")] {
            let text = told(&["completions", shell]);
            for command in &commands {
                assert!(text.contains(command.as_str()), "{shell}: {command}");
            }
            let _made = feed(shell, &[check], &text);
        }
        assert_eq!(yieldsforge(&["completions", "tcsh"]).status.code(), Some(64));
    }

    #[test]
    fn the_manual_page_names_every_command_key_and_exit_code_and_renders() {
        let page = told(&["man"]);
        let plain = ["-k", "-man", "-Tutf8", "-ww", "-P-c", "-P-b", "-P-o", "-P-u"];
        let Some(text) = feed("groff", &plain, &page) else { return };
        for command in commands() {
            let title = format!("YIELDSFORGE {}", command.to_uppercase());
            assert!(text.lines().any(|line| line == title), "{title} in\n{text}");
        }
        for key in yieldsforge::config::KEYS {
            assert!(text.contains(&key.path.replace("[]", "")), "{}", key.path);
        }
        let codes = text.split("EXIT STATUS").nth(1).unwrap_or_default();
        for code in ["0", "1", "64", "69", "70", "74", "75", "77", "78"] {
            assert!(codes.lines().any(|line| line.trim_start().starts_with(&format!("{code} "))), "{code} in {codes}");
        }
    }

    #[test]
    fn schemas_are_printed_and_go_with_nothing_else() {
        for (kind, title) in [("main", "yieldsforge.toml"), ("account", "accounts/NAME.toml")] {
            let schema: serde_json::Value = serde_json::from_str(&told(&["check", "--schema", kind])).unwrap();
            assert_eq!(schema["title"], title);
        }
        assert_eq!(yieldsforge(&["check", "--schema", "main", "--json"]).status.code(), Some(64));
        assert_eq!(yieldsforge(&["check", "--schema", "other"]).status.code(), Some(64));
    }

    #[test]
    fn a_refused_configuration_has_its_code_in_words_and_in_json() {
        let bad = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/config_bad/folder/errors_in_every_file");
        let words = yieldsforge(&["check", "--config", bad]);
        assert_eq!((words.status.code(), words.stdout.len()), (Some(78), 0));
        let json = yieldsforge(&["check", "--json", "--config", bad]);
        assert_eq!((json.status.code(), json.stderr.len()), (Some(78), 0));
        let read: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        let count = read["errors"].as_array().unwrap().len();
        assert!(String::from_utf8_lossy(&words.stderr).ends_with(&format!("{count} errors\n")));
    }
}
