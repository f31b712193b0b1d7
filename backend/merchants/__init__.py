"""Door of the slice: merchants, organisation tree, stores, staff, log-in sessions."""

from backend.merchants.service import (
    MerchantInfo,
    StaffInfo,
    StoreInfo,
    Tokens,
    WrongCredentials,
    add_staff,
    all_merchants,
    by_code,
    forget,
    found,
    get,
    log_in_staff,
    merchant_id_of,
    open_session,
    refresh,
    staff,
    store,
    stores,
)

__all__ = [
    "MerchantInfo", "StaffInfo", "StoreInfo", "Tokens", "WrongCredentials", "add_staff", "all_merchants", "by_code", "forget",
    "found", "get", "log_in_staff", "merchant_id_of", "open_session", "refresh", "staff", "store", "stores",
]
