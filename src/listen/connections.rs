//! The open connections, and which of them must go: one that waits too long for its client, and, when
//! there are as many as are allowed, the one that has waited longest.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{Instant, sleep_until};

/// Since when a connection waits for its client; `None` while an event of it is being kept.
#[derive(Clone)]
pub(super) struct ClientWait(Rc<Cell<Option<Instant>>>);

impl ClientWait {
    fn new() -> Self {
        Self(Rc::new(Cell::new(Some(Instant::now()))))
    }

    /// The client has to send something from now on.
    pub(super) fn begin(&self) {
        self.0.set(Some(Instant::now()));
    }

    /// The client waits for us from now on.
    pub(super) fn end(&self) {
        self.0.set(None);
    }

    /// Returns when the client has been waited for as long as `limit`.
    pub(super) async fn exceeds(&self, limit: Duration) {
        loop {
            let now = Instant::now();
            // While an event is being kept, the next look is after the same time.
            let end = self.0.get().unwrap_or(now) + limit;
            if end <= now {
                return;
            }
            sleep_until(end).await;
        }
    }
}

/// The open connections.
pub(super) struct Connections {
    most: usize,
    tasks: JoinSet<()>,
    open: HashMap<Id, (AbortHandle, ClientWait)>,
}

impl Connections {
    /// None yet, and at most `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { most, tasks: JoinSet::new(), open: HashMap::new() }
    }

    /// Returns whether there is room for one more, or one that can be closed for it.
    pub(super) fn have_room(&self) -> bool {
        self.open.len() < self.most || self.longest_waiting().is_some()
    }

    /// Serves one more. One that has waited longest for its client is closed if there are too many.
    pub(super) fn add<F>(&mut self, serve: impl FnOnce(ClientWait) -> F)
    where
        F: Future<Output = ()> + 'static,
    {
        if self.open.len() >= self.most
            && let Some(id) = self.longest_waiting()
            && let Some((task, _)) = self.open.remove(&id)
        {
            task.abort();
        }
        let wait = ClientWait::new();
        let task = self.tasks.spawn_local(serve(wait.clone()));
        self.open.insert(task.id(), (task, wait));
    }

    /// Waits until one ends. `false` when there is none.
    pub(super) async fn one_ends(&mut self) -> bool {
        let ended = self.tasks.join_next_with_id().await;
        let id = match &ended {
            Some(Ok((id, ()))) => *id,
            Some(Err(error)) => error.id(),
            None => return false,
        };
        self.open.remove(&id);
        true
    }

    fn longest_waiting(&self) -> Option<Id> {
        let waits = self.open.iter().filter_map(|(id, (_, wait))| Some((wait.0.get()?, *id)));
        waits.min_by_key(|(since, _)| *since).map(|(_, id)| id)
    }
}
