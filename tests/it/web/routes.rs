//! Every route there is, read out of the router's own source: a page that is added and not looked at by the tests of
//! all pages is found here.

use std::collections::BTreeSet;
use std::path::Path;

use super::busy::{Busy, FILES, pages};

/// What a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    Get,
    Post,
}

/// Every route of `src/web`, with its method.
pub fn routes() -> BTreeSet<(Method, String)> {
    let mut found = BTreeSet::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"), &mut found);
    assert!(found.len() > 30, "{found:?}");
    found
}

fn read(folder: &Path, found: &mut BTreeSet<(Method, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a name").path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            // Ways to add a route that are not understood here.
            for other in [".route_service(", ".nest(", ".nest_service("] {
                assert!(!text.contains(other), "{}: {other}", path.display());
            }
            for route in text.split(".route(").skip(1) {
                let (method, at) = parsed(route).unwrap_or_else(|| panic!("{}: {route:.60}", path.display()));
                // The one way in which a page that is read also takes a form.
                if route.lines().next().is_some_and(|line| line.contains(".merge(")) {
                    found.insert((Method::Post, at.clone()));
                }
                found.insert((method, at));
            }
        }
    }
}

/// `"/path", get(handler))` and what comes after it.
fn parsed(route: &str) -> Option<(Method, String)> {
    let (path, rest) = route.trim_start().strip_prefix('"')?.split_once('"')?;
    let handler = rest.strip_prefix(',')?.trim_start();
    let method = match handler.split_once('(')?.0 {
        "get" => Method::Get,
        "post" => Method::Post,
        _ => return None,
    };
    // Two methods on one path would hide the second.
    let end = rest.find('\n').unwrap_or(rest.len());
    let single = !rest[..end].contains(").post(") && !rest[..end].contains(").get(");
    single.then(|| (method, path.to_owned()))
}

#[tokio::test]
async fn no_page_is_forgotten() {
    let busy = Busy::open("").await;
    let shown: BTreeSet<&str> =
        pages(&busy).iter().map(|page| page.route).filter(|one| !one.is_empty()).collect();
    let known: BTreeSet<String> = shown.iter().chain(FILES).map(|route| (*route).to_owned()).collect();
    let gets = routes().into_iter().filter(|(method, _)| *method == Method::Get);
    let gets: BTreeSet<String> = gets.map(|(_, path)| path).collect();
    assert_eq!(gets, known, "routes, and pages that are looked at (tests/it/web/busy.rs)");
}
