//! Listening: connections with limits, and an end that lets requests under way finish.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::api;
use crate::connection::Patient;
use crate::server::{App, Server};
use crate::settings::Limits;
use crate::staying::Staying;

/// How long to wait when no connection can be accepted, such as when file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Between two questions to an HTTP/2 client whether it is there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// Longest wait for its answer.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// The server cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address cannot be listened on.
    #[error("{address} cannot be listened on")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl ServeError {
    /// The stable word for this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Listen { .. } => "listen-failed",
        }
    }
}

/// Where a request came from: the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// A server that listens where its settings say.
pub struct Listening {
    server: Server,
    listener: TcpListener,
    metrics: Option<TcpListener>,
}

impl Listening {
    /// Where the API is answered.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where only the metrics are answered, if anywhere.
    pub fn metrics_address(&self) -> Option<io::Result<SocketAddr>> {
        self.metrics.as_ref().map(TcpListener::local_addr)
    }

    /// Answers until `stop` is cancelled; requests that are under way then have `stop_ms_max` to end.
    pub async fn serve(self, stop: CancellationToken) {
        let app = Arc::clone(&self.server.app);
        let metrics = async {
            if let Some(listener) = self.metrics {
                accept(Arc::clone(&app), listener, api::metrics_router(&app), stop.clone()).await;
            }
        };
        tokio::join!(self.server.serve(self.listener, stop.clone()), metrics);
    }
}

impl Server {
    /// Listens where the settings say.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn listen(self) -> Result<Listening, ServeError> {
        let listener = bind(self.app.settings.listen).await?;
        let metrics = match self.app.settings.metrics_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Listening { server: self, listener, metrics })
    }

    /// Answers on `listener` until `stop` is cancelled, as [`Listening::serve`] does.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let router = api::router(&self.app);
        accept(self.app, listener, router, stop).await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

async fn accept(app: App, listener: TcpListener, router: Router, stop: CancellationToken) {
    let limits = &app.settings.limits;
    let graceful = GracefulShutdown::new();
    let open = Open::default();
    let builder = builder(limits);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = open.enter(peer.ip(), limits) else {
            app.metrics.connections_refused.inc();
            continue;
        };
        app.metrics.connections.inc();
        let service = TowerToHyperService::new(service(router.clone(), peer.ip()));
        let connection =
            builder.serve_connection(TokioIo::new(patient(stream, limits)), service).into_owned();
        let connection = graceful.watch(connection);
        let app = Arc::clone(&app);
        connections.spawn(async move {
            // What breaks a connection is its own end; its requests were logged.
            let _broken = Staying::new(connection).await;
            app.metrics.connections.dec();
            drop(place);
        });
    }
    drop(listener);
    app.stopping.cancel();
    let rest = Duration::from_millis(limits.stop_ms_max);
    if tokio::time::timeout(rest, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "connections were cut off, their time to end was over"
        );
    }
    connections.shutdown().await;
}

fn patient(stream: TcpStream, limits: &Limits) -> Patient<TcpStream> {
    // Small answers must not wait for more.
    let _best_effort = stream.set_nodelay(true);
    let (head, write) = (limits.head_ms_max, limits.write_idle_ms_max);
    Patient::new(stream, Duration::from_millis(head), Duration::from_millis(write))
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.head_ms_max))
        .max_headers(limits.headers_max)
        .max_buf_size(limits.head_bytes_max);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_header_list_size(limits.head_bytes_max as u32)
        .max_concurrent_streams(limits.streams_max);
    builder
}

/// The routes as one connection sees them.
fn service(
    router: Router,
    peer: IpAddr,
) -> impl tower::Service<
    hyper::Request<Incoming>,
    Response = hyper::Response<Body>,
    Error = std::convert::Infallible,
    Future: Send,
> + Clone
+ Send {
    router.map_request(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        request.map(Body::new)
    })
}

/// The connections that are open, by address.
#[derive(Debug, Clone, Default)]
struct Open(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A connection's place; given back when dropped.
struct Place {
    open: Open,
    address: IpAddr,
}

impl Open {
    fn enter(&self, address: IpAddr, limits: &Limits) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = open.values().sum();
        let own = open.get(&address).copied().unwrap_or(0);
        if all >= limits.connections_max || own >= limits.address_connections_max {
            return None;
        }
        open.insert(address, own + 1);
        Some(Place { open: self.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = open.remove(&self.address),
        }
    }
}
