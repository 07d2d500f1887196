//! The operator's door: money in and out, hand-made offers, borrowers at will, permissions, faults, maintenance.

use super::agenda::Due;
use super::api::{Command, HandOffer, Permission};
use super::audit::Actor;
use super::exchange::SimExchange;
use super::ledger::{AutoRenew, WalletName};
use super::orders::NewOffer;
use crate::domain::{Amount, Currency, Days, LentId, LentKind, Moment, OfferKind, SECOND};

/// Clients are told this when maintenance begins.
const ENTERING: &str = "{\"event\":\"info\",\"code\":20060,\"msg\":\"Entering in Maintenance mode. Please pause any \
                        activity and resume after receiving the info message 20061 (it should take 120 seconds at \
                        most).\"}";
/// And this when it ends.
const LEAVING: &str = "{\"event\":\"info\",\"code\":20061,\"msg\":\"Maintenance ended. You can resume normal activity. \
                       It is advised to unsubscribe/subscribe again all channels.\"}";

impl SimExchange {
    /// The operator's door.
    ///
    /// # Errors
    /// A sentence saying why it was not done.
    pub fn command(&mut self, now: Moment, command: Command) -> Result<String, String> {
        self.advance(now);
        let answer = self.obey(command);
        self.deliver(self.now);
        answer
    }

    fn obey(&mut self, command: Command) -> Result<String, String> {
        match command {
            Command::Deposit { account, wallet, currency, amount } => self.deposit(&account, &wallet, currency, amount),
            Command::Withdraw { account, currency, amount } => self.withdraw(&account, currency, amount),
            Command::PlaceOffer { account, offer } => self.place_by_hand(&account, &offer),
            Command::CancelOffer { account, id } => {
                let index = self.named(&account)?;
                let offer = self.core.cancel(index, Actor::Hand, id).map_err(|error| error.text)?;
                Ok(format!("offer {} cancelled", offer.id))
            }
            Command::Return { account, id } => self.return_by_hand(&account, id),
            Command::Borrow { currency, amount, limit, period } => {
                let got = self.core.borrow(currency, amount, limit, Days::new(period));
                Ok(format!("{got} {currency} borrowed"))
            }
            Command::Permissions { account, permissions } => self.permit(&account, permissions),
            Command::Revoke { account } => {
                let index = self.named(&account)?;
                if let Some(known) = self.core.account_mut(index) {
                    known.revoked = true;
                }
                Ok(format!("the key of {account} is revoked"))
            }
            Command::AutoRenew { account, currency, on } => self.switch_renew(&account, currency, on),
            Command::Maintenance(true) => {
                self.begin_maintenance(false);
                Ok("maintenance begins".to_owned())
            }
            Command::Maintenance(false) => {
                self.core.maintenance = false;
                Ok("maintenance ends".to_owned())
            }
            Command::Faults(deck) => {
                self.faults.replace(&deck);
                Ok(format!("{} faults in the deck", deck.chances.len()))
            }
            Command::Fault(fault) => {
                self.faults.arm(fault);
                Ok(format!("{fault:?} is armed"))
            }
            Command::Disconnect => {
                self.sockets.close_all();
                Ok("every connection is closed".to_owned())
            }
        }
    }

    fn named(&self, name: &str) -> Result<usize, String> {
        let found = self.core.books.accounts.iter().position(|account| account.name == name);
        found.ok_or_else(|| format!("there is no account {name}"))
    }

    fn deposit(&mut self, name: &str, wallet: &str, currency: Currency, amount: Amount) -> Result<String, String> {
        let account = self.named(name)?;
        let wallet = WalletName::from_word(wallet).ok_or("a wallet is funding, exchange or margin")?;
        if !amount.is_positive() {
            return Err("a deposit is above zero".to_owned());
        }
        let text = format!("Deposit on wallet {}", wallet.word());
        let row = self.core.book_entry(account, wallet, currency, amount, 101, &text);
        row.ok_or("the balance would overflow")?;
        if wallet == WalletName::Funding {
            self.core.tell_wallet(account, currency, false, false);
            self.core.plan_renew(account, currency);
        }
        Ok(format!("{amount} {currency} deposited"))
    }

    fn withdraw(&mut self, name: &str, currency: Currency, amount: Amount) -> Result<String, String> {
        let account = self.named(name)?;
        let available = self.core.account(account).map(|known| known.available(currency)).unwrap_or_default();
        if !amount.is_positive() || amount > available {
            return Err(format!("only {available} {currency} is available"));
        }
        let out = Amount::from_units(amount.units().saturating_neg());
        let row =
            self.core.book_entry(account, WalletName::Funding, currency, out, 104, "Withdrawal on wallet funding");
        row.ok_or("the balance would fall under zero")?;
        self.core.tell_wallet(account, currency, false, false);
        Ok(format!("{amount} {currency} withdrawn"))
    }

    fn place_by_hand(&mut self, name: &str, offer: &HandOffer) -> Result<String, String> {
        let account = self.named(name)?;
        let new = NewOffer {
            currency: offer.currency,
            amount: offer.amount,
            rate: offer.rate,
            kind: OfferKind::Limit,
            period: Days::new(offer.period),
            hidden: false,
            renew: false,
        };
        let placed = self.core.submit(account, Actor::Hand, &new).map_err(|error| error.text)?;
        Ok(format!("offer {}", placed.id))
    }

    fn return_by_hand(&mut self, name: &str, id: i64) -> Result<String, String> {
        let account = self.named(name)?;
        for kind in [LentKind::Loan, LentKind::Credit] {
            let word = if kind == LentKind::Loan { "CLOSED" } else { "CLOSED (no more position)" };
            if let Some(amount) = self.core.give_back(account, LentId { kind, id }, Some(word)) {
                return Ok(format!("{amount} returned"));
            }
        }
        Err(format!("{name} has no loan or credit {id}"))
    }

    /// New permissions; a revoked key is good again.
    fn permit(&mut self, name: &str, permissions: Vec<Permission>) -> Result<String, String> {
        let account = self.named(name)?;
        if let Some(known) = self.core.account_mut(account) {
            known.permissions = permissions;
            known.revoked = false;
        }
        Ok(format!("permissions of {name} set"))
    }

    fn switch_renew(&mut self, name: &str, currency: Currency, on: bool) -> Result<String, String> {
        let account = self.named(name)?;
        if let Some(known) = self.core.account_mut(account) {
            if on {
                let renew = AutoRenew { period: Days::MIN, rate: None, amount: Amount::ZERO };
                known.renew.insert(currency, renew);
            } else {
                known.renew.remove(&currency);
            }
        }
        self.core.plan_renew(account, currency);
        Ok(format!("auto-renew of {currency} is {}", if on { "on" } else { "off" }))
    }

    /// Maintenance begins; by itself it ends within three minutes.
    pub(super) fn begin_maintenance(&mut self, by_itself: bool) {
        self.core.maintenance = true;
        if by_itself {
            let at = self.core.now.plus(SECOND.times(self.faults.random.between(30, 150)));
            self.core.agenda.put(at, Due::EndMaintenance);
        }
    }

    /// Tells every connection when maintenance began or ended.
    pub(super) fn tell_maintenance(&mut self, now: Moment) {
        if self.maintenance_told != self.core.maintenance {
            self.maintenance_told = self.core.maintenance;
            let text = if self.maintenance_told { ENTERING } else { LEAVING };
            self.sockets.broadcast(&mut self.faults, now, text);
        }
    }

    /// The fault of a revoked key.
    pub(super) fn revoke(&mut self, key: &str) {
        if let Some(known) = self.core.books.accounts.iter_mut().find(|known| known.key == key) {
            known.revoked = true;
        }
    }

    /// The fault of changed permissions: funding write is lost, or withdrawing is gained.
    pub(super) fn change_permission(&mut self, key: &str) {
        let gains = self.faults.random.one_in(2);
        let Some(known) = self.core.books.accounts.iter_mut().find(|known| known.key == key) else { return };
        let scope = if gains { "withdraw" } else { "funding" };
        match known.permissions.iter_mut().find(|row| row.scope == scope) {
            Some(row) => row.write = gains,
            None if gains => {
                known.permissions.push(Permission { scope: scope.to_owned(), read: false, write: true });
            }
            None => {}
        }
    }
}
