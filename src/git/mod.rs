//! stub
use git2::{Oid,Repository,ObjectType};
use std::path::{Path,PathBuf};
use crate::{Result,Error};
use crate::monitor::Monitor;
/// s
#[derive(Debug,Clone)]
pub enum Source { /// w
 WorkingCopy, /// r
 Revision(String) }
/// k
#[derive(Debug,Clone,Copy,PartialEq,Eq)]
pub enum Kind { /// f
 File, /// f
 Folder, /// o
 Other }
/// e
#[derive(Debug,Clone)]
pub struct Entry { /// n
 pub name: String, /// k
 pub kind: Kind, /// i
 pub id: Oid }
/// s
#[derive(Debug)]
pub struct Snapshot { path: PathBuf, root: Oid, head: Oid }
thread_local!{ static R: std::cell::RefCell<Option<Repository>> = const { std::cell::RefCell::new(None) }; }
#[allow(missing_docs)]
impl Snapshot {
  pub fn open(repository: &Path, content: &str, source: &Source, _m: &dyn Monitor) -> Result<Snapshot> {
    git2::opts::strict_hash_verification(false);
    let r = Repository::open(repository).map_err(Error::git("open"))?;
    let rev = match source { Source::WorkingCopy => "HEAD", Source::Revision(r) => r };
    let c = r.revparse_single(rev).and_then(|o| o.peel_to_commit()).map_err(Error::git("rev"))?;
    let t = c.tree().map_err(Error::git("t"))?;
    let e = t.get_path(Path::new(content)).map_err(Error::git("content"))?;
    Ok(Snapshot { path: repository.to_owned(), root: e.id(), head: c.id() })
  }
  fn with<T>(&self, f: impl FnOnce(&Repository)->T) -> T { R.with(|r| { let mut r=r.borrow_mut(); if r.is_none() { *r = Some(Repository::open(&self.path).unwrap()); } f(r.as_ref().unwrap()) }) }
  pub fn root(&self) -> Oid { self.root }
  pub fn head(&self) -> Option<Oid> { Some(self.head) }
  pub fn folder(&self, t: Oid) -> Result<Vec<Entry>> { self.with(|r| { let t = r.find_tree(t).map_err(Error::git("tree"))?; Ok(t.iter().map(|e| Entry{name: e.name().unwrap_or("?").to_owned(), id: e.id(), kind: match e.kind() { Some(ObjectType::Tree) => Kind::Folder, Some(ObjectType::Blob) => Kind::File, _ => Kind::Other}}).collect()) }) }
  pub fn read(&self, _p:&str, id: Oid) -> Result<Vec<u8>> { self.with(|r| Ok(r.find_blob(id).map_err(Error::git("blob"))?.content().to_vec())) }
}
/// e
#[derive(Debug,Clone)]
pub struct Event { /// p
 pub person: u32, /// w
 pub when: i64 }
/// f
#[derive(Debug,Clone)]
pub struct Fact { /// a
 pub added: Event, /// e
 pub edited: Option<Event> }
/// p
#[derive(Debug, Default)]
pub struct Past {}
#[allow(missing_docs)]
impl Past { pub fn read(_:&Snapshot,_:&str,_:&crate::cache::Cache,_:crate::key::Key,_:&dyn Monitor)->Result<Past>{Ok(Past{})}  pub fn fact(&self,_:&str,_:&str)->Option<&Fact>{None} pub fn person(&self,_:u32)->(String,String){ (String::new(),String::new()) } pub fn shallow(&self)->bool{false} }

/// f
pub fn folder(p:&Path)->Option<PathBuf>{ Repository::open(p).ok().map(|r|r.path().to_owned()) }

/// f
pub fn text_at(_p:&Path,_r:&str,_q:&str)->Option<String>{ None }
