//! The macros that declare parameters, and the words to choose from, once.

/// Declares the parameters of a learner:
/// `name: type = default, minimum..=maximum, "description";` for numbers, and
/// `name: type = default, choice, "description";` for `bool` and types of `declare_choice!`.
/// What the tuner may change says so before the description: `tune 2..=8,`, on a logarithmic
/// scale `tune log 0.01..=0.3,`, among all words of a choice `tune,`.
macro_rules! declare_parameters {
    (
        $(#[$meta:meta])*
        pub struct $Parameters:ident {
            $($name:ident: $type:tt = $default:tt,
                $($minimum:literal..=$maximum:literal)? $(choice)?,
                $(tune $($scale:ident)? $($low:literal..=$high:literal)?,)?
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
                    $(", from ", stringify!($minimum), " to ", stringify!($maximum),)? "."
                )]
                pub $name: $type,
            )+
        }

        impl Default for $Parameters {
            fn default() -> Self {
                Self { $($name: $crate::learn::declare::default_of!($type, $default),)+ }
            }
        }

        impl $Parameters {
            /// All parameters, in the order of their documentation.
            pub const SPECS: &'static [$crate::learn::ParameterSpec] = &[$(
                $crate::learn::ParameterSpec {
                    name: stringify!($name),
                    kind: <$type as $crate::learn::ParameterType>::KIND,
                    default: $crate::learn::declare::default_number_of!($type, $default),
                    minimum: $crate::learn::declare::first_of!($($minimum as f64,)? 0.0),
                    maximum: $crate::learn::declare::first_of!(
                        $($maximum as f64,)?
                        <$type as $crate::learn::ParameterType>::KIND.choice_last()
                    ),
                    tuning: $crate::learn::declare::tuning_of!(
                        $type $(, [$($scale)? $($low..=$high)?])?
                    ),
                    description: $description,
                },
            )+];

            /// The values, in the order of [`Self::SPECS`].
            pub fn values(&self) -> Vec<f64> {
                vec![$($crate::learn::ParameterType::to_number(self.$name),)+]
            }

            /// The parameters from values of the same table.
            ///
            /// # Errors
            /// [`ParameterError`](crate::learn::ParameterError) when the table is another one.
            pub fn from_values(
                values: &$crate::learn::ParameterValues,
            ) -> Result<Self, $crate::learn::ParameterError> {
                let mut parameters = Self::default();
                for (spec, &number) in values.specs().iter().zip(values.numbers()) {
                    parameters.set(spec.name, number)?;
                }
                Ok(parameters)
            }

            /// Sets one parameter by name; a boolean by 0 or 1, a choice by its position.
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
                    self.$name = $crate::learn::ParameterType::from_number(value);
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

/// Declares a type of a parameter that is one of several words:
/// `Variant = "word", "description";`.
macro_rules! declare_choice {
    (
        $(#[$meta:meta])*
        pub enum $Choice:ident { $($Variant:ident = $word:literal, $description:literal;)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $Choice {
            $(
                #[doc = $description]
                #[serde(rename = $word)]
                $Variant,
            )+
        }

        impl $crate::learn::ParameterType for $Choice {
            const KIND: $crate::learn::ParameterKind =
                $crate::learn::ParameterKind::Choice(&[$($word,)+]);

            fn to_number(self) -> f64 {
                f64::from(self as u8)
            }

            fn from_number(number: f64) -> Self {
                let variants = [$(Self::$Variant,)+];
                // A checked number is a position; the last stands in for what is not.
                variants[(number as usize).min(variants.len() - 1)]
            }
        }
    };
}

/// The default as a value: a literal as it is, a word as a variant of the type.
macro_rules! default_of {
    ($type:tt, $default:literal) => {
        $default
    };
    ($type:tt, $default:ident) => {
        $type::$default
    };
}

/// The default as a constant number.
macro_rules! default_number_of {
    (bool, $default:literal) => {
        $default as u8 as f64
    };
    ($type:tt, $default:literal) => {
        $default as f64
    };
    ($type:tt, $default:ident) => {
        $type::$default as u8 as f64
    };
}

/// What the tuner may change: nothing, a range or all words of a choice.
macro_rules! tuning_of {
    ($type:tt) => {
        None
    };
    ($type:tt, []) => {
        Some(&$crate::learn::TuningRange {
            minimum: 0.0,
            maximum: <$type as $crate::learn::ParameterType>::KIND.choice_last(),
            is_logarithmic: false,
        })
    };
    ($type:tt, [$low:literal..=$high:literal]) => {
        Some(&$crate::learn::TuningRange {
            minimum: $low as f64,
            maximum: $high as f64,
            is_logarithmic: false,
        })
    };
    ($type:tt, [log $low:literal..=$high:literal]) => {
        Some(&$crate::learn::TuningRange {
            minimum: $low as f64,
            maximum: $high as f64,
            is_logarithmic: true,
        })
    };
}

/// The first of one or two expressions.
macro_rules! first_of {
    ($first:expr $(, $second:expr)?) => {
        $first
    };
}

pub(crate) use {
    declare_choice, declare_parameters, default_number_of, default_of, first_of, tuning_of,
};
