//! The same redemptions as plain PostgreSQL would keep them: no signatures, no chain, no proofs, one statement and
//! one commit each, prepared once, one connection a client.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_postgres::{Client, Config, NoTls};

use super::county::REDEMPTION_POINTS;
use super::send::told;

const TABLES: &str = "
CREATE TABLE household (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE TABLE budget (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE operation (id bigserial PRIMARY KEY, household bigint NOT NULL, points bigint NOT NULL,
    balance_after bigint NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE posting (operation bigint NOT NULL, account bigint NOT NULL, points bigint NOT NULL,
    balance_after bigint NOT NULL, PRIMARY KEY (operation, account));
INSERT INTO budget VALUES (0, 0);";

/// A household pays, the operation is written down.
const PLAIN: &str = "
WITH payer AS (UPDATE household SET balance = balance - $2 WHERE id = $1 AND balance >= $2
    RETURNING id, balance)
INSERT INTO operation (household, points, balance_after) SELECT id, $2, balance FROM payer";

/// The same as double entry against the one budget account of the village: every redemption meets its row.
const HOT: &str = "
WITH payer AS (UPDATE household SET balance = balance - $2 WHERE id = $1 AND balance >= $2
    RETURNING id, balance),
payee AS (UPDATE budget SET balance = budget.balance + $2 FROM payer WHERE budget.id = 0
    RETURNING budget.balance),
written AS (INSERT INTO operation (household, points, balance_after) SELECT id, $2, balance FROM payer
    RETURNING id)
INSERT INTO posting SELECT written.id, payer.id, -$2, payer.balance FROM written, payer
UNION ALL SELECT written.id, 0, $2, payee.balance FROM written, payee";

async fn connect(socket: &str) -> anyhow::Result<Client> {
    let mut config = Config::new();
    config.host_path(socket).user("bench").dbname("postgres");
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Makes the tables, and households with points to spend.
pub async fn tables(socket: &str, households: usize) -> anyhow::Result<Value> {
    let client = connect(socket).await?;
    client.batch_execute(TABLES).await?;
    let fill = format!(
        "INSERT INTO household SELECT number, 1000000000 FROM generate_series(1, {households}) number"
    );
    client.batch_execute(&fill).await?;
    client.batch_execute("VACUUM ANALYZE household").await?;
    let version = client.query_one("SHOW server_version", &[]).await?;
    Ok(Value::String(version.get(0)))
}

/// One operation for each of these households, by so many clients.
pub async fn send(socket: &str, clients: usize, households: Vec<usize>, hot: bool) -> anyhow::Result<Value> {
    let (statement, rows) = if hot { (HOT, 2) } else { (PLAIN, 1) };
    let count = households.len();
    let mut shares: Vec<Vec<i64>> = (0..clients).map(|_| Vec::new()).collect();
    for (number, household) in households.into_iter().enumerate() {
        shares[number % clients].push(household as i64 + 1);
    }
    let mut ready = Vec::with_capacity(clients);
    for share in shares {
        let client = connect(socket).await?;
        let statement = client.prepare(statement).await?;
        ready.push((client, statement, share));
    }
    let mut tasks = tokio::task::JoinSet::new();
    let start = Instant::now();
    for (client, statement, share) in ready {
        tasks.spawn(async move {
            let mut taken: Vec<Duration> = Vec::with_capacity(share.len());
            for household in share {
                let start = Instant::now();
                let written = client.execute(&statement, &[&household, &REDEMPTION_POINTS]).await?;
                taken.push(start.elapsed());
                anyhow::ensure!(written == rows, "an operation wrote {written} rows, not {rows}");
            }
            Ok(taken)
        });
    }
    let mut latencies = Vec::with_capacity(count);
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task??);
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort();
    Ok(told(count, seconds, &latencies))
}
