//! The real courier against receivers that misbehave.

use lamassu_engine::delivery::{Courier, HttpCourier, Network, Outward, Receipt, Request};
use lamassu_store::DeliveryState;

use crate::posting::{MemorySchedule, Place};
use crate::receiver::{Answer, Receiver};

fn courier() -> HttpCourier {
    let loopback: Network = "127.0.0.1/32".parse().expect("a network");
    HttpCourier::new(Outward::new(&[loopback]).expect("is there")).within_ms(400)
}

fn request(url: String) -> Request {
    let headers = vec![("content-type", "application/json".to_owned())];
    Request { url, headers, body: "{}".to_owned() }
}

async fn send_to(answer: Answer) -> Receipt {
    let receiver = Receiver::new(vec![answer]).await;
    courier().send(request(receiver.url())).await
}

#[tokio::test]
async fn receivers_that_misbehave_cost_an_attempt_and_no_more() {
    let status = |status, retry_after_s| Receipt::Answered { status, retry_after_s };
    let failed = |code| Receipt::Failed { code };
    for (answer, expected) in [
        (Answer::Status(200, ""), status(200, None)),
        (Answer::Status(500, "retry-after: 7\r\n"), status(500, Some(7))),
        (Answer::Status(503, "retry-after: Fri, 31 Dec 1999 23:59:59 GMT\r\n"), status(503, None)),
        (Answer::Status(429, "retry-after: -5\r\n"), status(429, None)),
        (Answer::Status(429, "retry-after: 99999999999999999999\r\n"), status(429, Some(i64::MAX))),
        (Answer::Status(410, ""), status(410, None)),
        (Answer::Body(200, 64 << 20), status(200, None)),
        (Answer::DripBody, status(200, None)),
        (Answer::Hang, failed("host-timeout")),
        (Answer::Drip, failed("host-timeout")),
        (Answer::BreakOff, failed("host-broke-off")),
        (Answer::Nonsense, failed("host-broke-off")),
    ] {
        assert_eq!(send_to(answer.clone()).await, expected, "{answer:?}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let inner = Receiver::new(vec![Answer::Status(200, "")]).await;
    let location: &'static str =
        Box::leak(format!("location: http://127.0.0.1:{}/\r\n", inner.port).into_boxed_str());
    for status in [301, 302, 307, 308] {
        let sent = send_to(Answer::Status(status, location)).await;
        assert_eq!(sent, Receipt::Answered { status, retry_after_s: None });
    }
    assert_eq!(inner.captured().len(), 0);
}

#[tokio::test]
async fn nobody_there_is_told() {
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        listener.local_addr().expect("it is bound").port()
    };
    let sent = courier().send(request(format!("http://127.0.0.1:{closed}/"))).await;
    assert_eq!(sent, Receipt::Failed { code: "host-unreachable" });
}

#[tokio::test]
async fn no_tls_where_tls_is_asked_for_is_told() {
    let receiver = Receiver::new(vec![Answer::Status(200, "")]).await;
    let sent = courier().send(request(format!("https://127.0.0.1:{}/", receiver.port))).await;
    assert!(
        [Receipt::Failed { code: "host-unreachable" }, Receipt::Failed { code: "host-timeout" }]
            .contains(&sent),
        "{sent:?}"
    );
    assert_eq!(receiver.captured().len(), 0);
}

#[tokio::test]
async fn a_failed_attempt_is_made_again_with_the_same_id_and_body() {
    let place = Place::new().await;
    let receiver =
        Receiver::new(vec![Answer::Status(500, ""), Answer::BreakOff, Answer::Status(200, "")]).await;
    place.webhook(&receiver.url()).await;
    let message = place.message(1).await;
    place.play(&courier(), &MemorySchedule::default()).await;
    let delivery = place.deliveries().await.remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 3));
    let captured = receiver.captured();
    assert_eq!(captured.len(), 3);
    for request in &captured {
        assert_eq!(request.header("webhook-id"), message.as_str());
        assert_eq!(request.body, captured[0].body);
    }
    let times: Vec<i64> = captured
        .iter()
        .map(|request| request.header("webhook-timestamp").parse().expect("a number"))
        .collect();
    assert!(times[0] + 5 <= times[1] && times[1] + 30 <= times[2], "each is signed anew: {times:?}");
}
