//! However a rotation is cut off, every key can be read with the identity that lies on the disk.

use std::path::PathBuf;

use super::*;

struct Ring {
    folder: tempfile::TempDir,
    keys: Vec<PathBuf>,
}

impl Ring {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::generate();
        identity.write(&folder.path().join("identity")).unwrap();
        let keys = [("a", Form::Armored), ("b", Form::Binary), ("c", Form::Armored)].map(|(name, form)| {
            let path = folder.path().join(name);
            fs::write(&path, encrypt(&key().plaintext(), &identity.recipient(), form).unwrap()).unwrap();
            path
        });
        Self { folder, keys: keys.to_vec() }
    }

    fn place(&self) -> Place {
        Place { path: self.folder.path().join("identity"), guarded: false }
    }

    fn identity(&self) -> Identity {
        Identity::load(&self.place()).unwrap()
    }

    fn rotation(&self) -> Rotation {
        Rotation::new(&self.place().path, self.identity(), self.keys.clone()).unwrap()
    }

    fn read_by(&self, identity: &Identity) -> Vec<bool> {
        let reads = |path: &PathBuf| read_key_file(path, identity).is_ok_and(|back| back.secret() == SECRET.as_bytes());
        self.keys.iter().map(reads).collect()
    }
}

#[test]
fn a_rotation_may_be_cut_off_after_any_step_and_done_again() {
    let steps = 2 * 3 + 1;
    for cut in 0..=steps {
        let ring = Ring::new();
        let old = ring.identity();
        let rotation = ring.rotation();
        assert_eq!(rotation.steps(true).len(), steps);
        for step in rotation.steps(true).iter().take(cut) {
            rotation.take(step).unwrap();
            assert_eq!(ring.read_by(&ring.identity()), [true; 3], "after {step:?}");
        }
        let swapped = ring.identity().recipient() == rotation.recipient();
        assert_eq!(swapped, cut > 3);
        drop(rotation);
        // A draft of a process that died lies about; it disturbs nobody.
        fs::write(ring.folder.path().join(".a.1.new"), "half").unwrap();
        if swapped {
            narrow(&ring.identity(), &ring.keys).unwrap();
        } else {
            let again = ring.rotation();
            again.steps(true).iter().for_each(|step| again.take(step).unwrap());
        }
        assert_eq!((ring.read_by(&ring.identity()), ring.read_by(&old)), (vec![true; 3], vec![false; 3]), "cut {cut}");
        assert_eq!(ring.identity().all().count(), 1);
        let forms = ring.keys.iter().map(|path| open_key_file(path, &ring.identity()).unwrap().form);
        assert_eq!(forms.collect::<Vec<_>>(), [Form::Armored, Form::Binary, Form::Armored]);
    }
}

#[test]
fn a_holder_of_the_old_identity_reads_on_until_it_is_dropped() {
    let ring = Ring::new();
    let old = ring.identity();
    let rotation = ring.rotation();
    for step in rotation.steps(false) {
        rotation.take(&step).unwrap();
        assert_eq!(ring.read_by(&old), [true; 3]);
    }
    assert_eq!(ring.read_by(&ring.identity()), [true; 3]);
}

#[test]
fn a_key_file_that_cannot_be_read_stops_it_before_anything_is_changed() {
    let ring = Ring::new();
    let mut before = fs::read(&ring.keys[1]).unwrap();
    before.truncate(before.len() - 1);
    fs::write(&ring.keys[1], &before).unwrap();
    let error = Rotation::new(&ring.place().path, ring.identity(), ring.keys.clone()).unwrap_err();
    assert!(error.to_string().contains("/b: the age file is damaged"), "{error}");
    assert!(narrow(&ring.identity(), &ring.keys[1..2]).is_err());
    assert_eq!(fs::read(&ring.keys[1]).unwrap(), before);
}

#[test]
fn what_is_replaced_keeps_its_mode_and_links_are_followed() {
    let ring = Ring::new();
    let real = ring.folder.path().join("real");
    fs::rename(&ring.keys[0], &real).unwrap();
    std::os::unix::fs::symlink(&real, &ring.keys[0]).unwrap();
    mode(&real, 0o640);
    let rotation = ring.rotation();
    rotation.steps(true).iter().for_each(|step| rotation.take(step).unwrap());
    assert!(fs::symlink_metadata(&ring.keys[0]).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(fs::metadata(ring.place().path).unwrap().permissions().mode() & 0o7777, 0o600);
}
