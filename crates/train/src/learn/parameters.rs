//! Parameters of learners, each declared once.
//!
//! One entry gives the struct's field and its documentation, the default, the check of the
//! range, the reading of project files and what help pages print.

use thiserror::Error;

use crate::nearest::suggestion;

/// What is known about one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// Its name in project files.
    pub name: &'static str,
    /// Whole number or not.
    pub kind: ParameterKind,
    /// The value when nothing is said.
    pub default: f64,
    /// The smallest permitted value.
    pub minimum: f64,
    /// The largest permitted value.
    pub maximum: f64,
    /// One sentence for help and documentation.
    pub description: &'static str,
}

/// The type of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A whole number.
    Integer,
    /// Any number.
    Number,
}

/// Why a parameter is refused.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ParameterError {
    /// No parameter of this name.
    #[error("there is no parameter {name:?}{}", suggestion(*.near))]
    Unknown {
        /// The name found.
        name: String,
        /// A parameter with nearly this name.
        near: Option<&'static str>,
    },
    /// Outside of the range.
    #[error(
        "parameter {}: {found} is not {} from {} to {}",
        .spec.name,
        .spec.kind.article(),
        .spec.minimum,
        .spec.maximum
    )]
    Value {
        /// The parameter.
        spec: ParameterSpec,
        /// The value found.
        found: f64,
    },
}

impl ParameterKind {
    fn article(self) -> &'static str {
        match self {
            Self::Integer => "a whole number",
            Self::Number => "a number",
        }
    }
}

impl ParameterSpec {
    /// Checks a value against type and range.
    ///
    /// # Errors
    /// [`ParameterError::Value`].
    pub fn check(&self, value: f64) -> Result<(), ParameterError> {
        let is_whole = self.kind == ParameterKind::Number || value.fract() == 0.0;
        if is_whole && value >= self.minimum && value <= self.maximum {
            Ok(())
        } else {
            Err(ParameterError::Value { spec: *self, found: value })
        }
    }
}

/// Declares the parameters of a learner:
/// `name: type = default, minimum..=maximum, "description";`
macro_rules! declare_parameters {
    (
        $(#[$meta:meta])*
        pub struct $Parameters:ident {
            $($name:ident: $type:tt = $default:literal, $minimum:literal..=$maximum:literal,
                $description:literal;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Parameters {
            $(
                #[doc = $description]
                #[doc = concat!(
                    "\n\nDefault ", stringify!($default),
                    ", from ", stringify!($minimum), " to ", stringify!($maximum), "."
                )]
                pub $name: $type,
            )+
        }

        impl Default for $Parameters {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl $Parameters {
            /// All parameters, in the order of their documentation.
            pub const SPECS: &'static [$crate::learn::ParameterSpec] = &[$(
                $crate::learn::ParameterSpec {
                    name: stringify!($name),
                    kind: $crate::learn::parameters::kind_of!($type),
                    default: $default as f64,
                    minimum: $minimum as f64,
                    maximum: $maximum as f64,
                    description: $description,
                },
            )+];

            /// The values, in the order of [`Self::SPECS`].
            pub fn values(&self) -> Vec<f64> {
                vec![$(self.$name as f64,)+]
            }

            /// Sets one parameter by name.
            ///
            /// # Errors
            /// [`ParameterError`](crate::learn::ParameterError) when there is no such
            /// parameter or the value is outside of its range.
            pub fn set(
                &mut self,
                name: &str,
                value: f64,
            ) -> Result<(), $crate::learn::ParameterError> {
                let names = || Self::SPECS.iter().map(|spec| spec.name);
                let Some(spec) = Self::SPECS.iter().find(|spec| spec.name == name) else {
                    return Err($crate::learn::ParameterError::Unknown {
                        name: name.to_owned(),
                        near: $crate::nearest::nearest(name, names()),
                    });
                };
                spec.check(value)?;
                $(if name == stringify!($name) {
                    self.$name = value as $type;
                })+
                Ok(())
            }

            /// Checks every value against its range.
            ///
            /// # Errors
            /// [`ParameterError`](crate::learn::ParameterError) for the first that is outside.
            pub fn validate(&self) -> Result<(), $crate::learn::ParameterError> {
                Self::SPECS.iter().zip(self.values()).try_for_each(|(spec, value)| spec.check(value))
            }
        }
    };
}

macro_rules! kind_of {
    (usize) => {
        $crate::learn::ParameterKind::Integer
    };
    (f64) => {
        $crate::learn::ParameterKind::Number
    };
}

pub(crate) use {declare_parameters, kind_of};
