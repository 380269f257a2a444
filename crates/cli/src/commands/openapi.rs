use std::path::PathBuf;

use clap::Args;
use modelseal_serve::About;
use modelseal_serve::openapi::{ModelDescription, document};
use serde_json::json;

use crate::failure::Failure;
use crate::files;
use crate::options::{PackageArgument, ProjectOption, TrustOption, verify_file};
use crate::voice::{Format, report};

/// Write the OpenAPI document of a service with this package, without starting one
#[derive(Debug, Args)]
#[command(after_help = "Example: modelseal openapi --output openapi.json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    package: PackageArgument,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The title of the service
    #[arg(long, default_value_t = About::default().title)]
    title: String,
    #[command(flatten)]
    trust: TrustOption,
    #[command(flatten)]
    project: ProjectOption,
}

pub(crate) fn run(arguments: &Arguments, format: Format) -> Result<(), Failure> {
    let (file, id) = arguments.package.resolve(&arguments.project)?;
    let keyring = arguments.trust.load(&arguments.project)?;
    let package = verify_file(&file, &id, &keyring)?;
    let model = package.model()?;
    let About { version, description, .. } = About::default();
    let described = ModelDescription {
        qualified_name: id.name(),
        description: &package.manifest().details.description,
        schema: model.schema(),
    };
    let document = document(&arguments.title, &version, &description, &[described]);
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::new(format!("the document cannot be written: {error}")))?;
    match &arguments.output {
        // The document is JSON already: it is the report, in either format.
        None => report(Format::Json, &document, String::new),
        Some(path) => {
            files::write(path, format!("{text}\n").as_bytes())?;
            report(format, &json!({ "file": path }), || format!("wrote {}", path.display()))
        }
    }
}
