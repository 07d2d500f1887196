//! A reload in one process: what reaches the engine, and what does not.

use crate::app::inbox::Outlet;
use crate::app::market;
use crate::app::roster::Roster;
use crate::app::testing::{Folder, PROFILE, name};
use crate::domain::{OfferId, Timestamp};
use crate::engine::{Engine, Input};
use crate::store::requests::write_adopt_request;

use super::*;

/// A house around an engine that the test drives.
struct Stage {
    house: House,
    outlet: Outlet,
    engine: Engine,
    seq: u64,
    tasks: Supervisor,
}

impl Stage {
    async fn open(folder: &Folder) -> Self {
        let (build, outlet, policy) = folder.build().await;
        let mut tasks = Supervisor::default();
        let (_view, viewed) = watch::channel(Arc::default());
        let shown = build.shown.clone();
        let market = market::open(&build, viewed, &mut tasks);
        let (notifiers, _ear) =
            Notifiers::open(&build.tls, build.store.clone(), shown.subscribe(), Arc::clone(&build.clock), &mut tasks)
                .unwrap();
        let recorder = watch::Sender::new(build.settings.recorder);
        let outward =
            Outward { inbox: build.inbox.clone(), shown, clock: Arc::clone(&build.clock), policy, recorder, log: None };
        let sources = folder.sources();
        let reread = Reread::new(move || {
            let config = config::load(&sources).map_err(|found| found.to_string())?;
            Ok((config, Keys::default()))
        });
        let staff = Staff::new(build, Roster::default());
        let house = House { reread, config: folder.load(), staff, market, notifiers, outward };
        let mut stage = Self { house, outlet, engine: Engine::new(), seq: 0, tasks };
        stage.tell(Body::Policy(Arc::new(stage.house.config.policy.clone())));
        stage.tell(Body::Tick);
        stage
    }

    fn tell(&mut self, body: Body) {
        self.seq += 1;
        self.engine.step(&Input { seq: self.seq, at: Timestamp::default(), body });
    }

    /// Reloads, and lets the engine hear what came of it. Answers that, without what streams say by themselves.
    async fn reload(&mut self) -> Vec<Body> {
        self.house.reload(&mut self.tasks).await.unwrap();
        let mut heard = Vec::new();
        while let Some(body) = self.outlet.urgent_now() {
            if !matches!(body, Body::Link(..)) {
                heard.push(body.clone());
                self.tell(body);
            }
        }
        heard
    }

    fn fault(&self) -> String {
        self.house.outward.shown.borrow().config_fault.clone().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_refused_reload_never_reaches_the_engine() {
    let folder = Folder::new();
    let mut stage = Stage::open(&folder).await;
    let before = stage.engine.digest();
    let refused = [
        ("profiles/plain.toml", PROFILE.replace("0.01 %/day", "0.01"), "profiles/plain.toml:2:9"),
        ("profiles/plain.toml", PROFILE[..60].to_owned(), "profiles/plain.toml"),
    ];
    for (file, text, said) in refused {
        folder.write(file, &text);
        assert!(stage.reload().await.is_empty());
        assert!(stage.fault().contains(said), "{}", stage.fault());
        assert_eq!(stage.engine.digest(), before);
    }
    // One part of it is refused: the rest, good by itself, does not slip in.
    folder.write("profiles/plain.toml", &PROFILE.replace("0.025", "0.035"));
    folder.main_file("[http]\nlisten = \"127.0.0.1:1\"\n");
    assert!(stage.reload().await.is_empty());
    assert!(stage.fault().contains("only a restart can change http.listen"), "{}", stage.fault());
    assert_eq!(stage.engine.digest(), before);
    assert_eq!((stage.house.config.policy.generation, stage.outlet.waiting()), (1, 0));
    folder.main_file("");
    let heard = stage.reload().await;
    assert!(matches!(&heard[..], [Body::Policy(policy)] if policy.generation == 2), "{heard:?}");
    assert_ne!(stage.engine.digest(), before, "what is taken over does");
    stage.tasks.abort();
}

#[tokio::test]
async fn what_is_to_be_adopted_comes_after_the_account_that_it_is_for() {
    let folder = Folder::new();
    let mut stage = Stage::open(&folder).await;
    let directory = stage.house.config.settings.state_directory.clone();
    folder.account("other", "other");
    write_adopt_request(&directory, &name("other"), &[OfferId(7)]).unwrap();
    let heard = stage.reload().await;
    assert!(
        matches!(&heard[..], [Body::Policy(_), Body::Adopt(account, ids)]
            if account.as_str() == "other" && ids == &[OfferId(7)]),
        "{heard:?}"
    );
    // A configuration that is refused takes nothing away from what was asked.
    write_adopt_request(&directory, &name("main"), &[OfferId(8)]).unwrap();
    folder.write("profiles/plain.toml", "nonsense");
    let heard = stage.reload().await;
    assert!(matches!(&heard[..], [Body::Adopt(account, _)] if account.as_str() == "main"), "{heard:?}");
    stage.tasks.abort();
}
