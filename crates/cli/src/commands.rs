//! One module a command; each has its arguments, with an example in its help, and `run`.

use clap::Subcommand;

use crate::failure::Failure;
use crate::voice::Format;

mod compare;
mod cosign;
mod create;
mod digest;
mod evaluate;
mod finalize;
mod init;
mod inspect;
mod keys;
mod learners;
mod migrate;
mod openapi;
mod package;
mod predict;
mod pull;
mod push;
mod quickstart;
mod reseal;
mod serve;
mod sign;
mod train;
mod tune;
mod verify;

/// The commands, in the order of a model's life.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Quickstart(quickstart::Arguments),
    Init(init::Arguments),
    Learners(learners::Arguments),
    Train(train::Arguments),
    Compare(compare::Arguments),
    Create(create::Arguments),
    Tune(tune::Arguments),
    Evaluate(evaluate::Arguments),
    Finalize(finalize::Arguments),
    Package(package::Arguments),
    #[command(subcommand)]
    Keys(keys::Command),
    Sign(sign::Arguments),
    Cosign(cosign::Arguments),
    Verify(verify::Arguments),
    Migrate(migrate::Arguments),
    Digest(digest::Arguments),
    Inspect(inspect::Arguments),
    Push(push::Arguments),
    Reseal(reseal::Arguments),
    Pull(pull::Arguments),
    Predict(predict::Arguments),
    Serve(serve::Arguments),
    #[command(name = "openapi")]
    OpenApi(openapi::Arguments),
}

impl Command {
    pub(crate) fn run(self, format: Format) -> Result<(), Failure> {
        match self {
            Self::Quickstart(arguments) => quickstart::run(&arguments, format),
            Self::Init(arguments) => init::run(&arguments, format),
            Self::Learners(arguments) => learners::run(&arguments, format),
            Self::Train(arguments) => train::run(&arguments, format),
            Self::Compare(arguments) => compare::run(&arguments, format),
            Self::Create(arguments) => create::run(&arguments, format),
            Self::Tune(arguments) => tune::run(&arguments, format),
            Self::Evaluate(arguments) => evaluate::run(&arguments, format),
            Self::Finalize(arguments) => finalize::run(&arguments, format),
            Self::Package(arguments) => package::run(&arguments, format),
            Self::Keys(command) => keys::run(&command, format),
            Self::Sign(arguments) => sign::run(&arguments, format),
            Self::Cosign(arguments) => cosign::run(&arguments, format),
            Self::Verify(arguments) => verify::run(&arguments, format),
            Self::Migrate(arguments) => migrate::run(&arguments, format),
            Self::Digest(arguments) => digest::run(&arguments, format),
            Self::Inspect(arguments) => inspect::run(&arguments, format),
            Self::Push(arguments) => push::run(&arguments, format),
            Self::Reseal(arguments) => reseal::run(&arguments, format),
            Self::Pull(arguments) => pull::run(&arguments, format),
            Self::Predict(arguments) => predict::run(&arguments, format),
            Self::Serve(arguments) => serve::run(&arguments),
            Self::OpenApi(arguments) => openapi::run(&arguments, format),
        }
    }
}

/// Waits for one answer of a store.
fn wait<F: Future>(answer: F) -> Result<F::Output, Failure> {
    Ok(runtime()?.block_on(answer))
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the threads of the service cannot start: {error}")))
}
