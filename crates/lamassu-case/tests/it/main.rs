//! Tests of the nouns and of the decision.

mod acting;
mod audit;
mod context;
mod decide;
mod make;
mod metadata;
mod names;
mod people;
mod policy;
mod provenance;
mod released;
mod replay;
mod score;
mod searchable;
