//! The words of messages and to-do items that staff get in chat tools.
//!
//! Answers: labels and separators in English and Chinese. Does not know: what they stand beside.

use super::Words;

/// Between a label and its value.
pub const COLON: Words = Words { en: ": ", zh: "：" };
/// What leads to the whole matter.
pub const DETAILS: Words = Words { en: "Details", zh: "查看详情" };
/// Closed-loop ticket.
pub const TICKET: Words = Words { en: "Ticket", zh: "闭环工单" };
/// Who it is about.
pub const CUSTOMER: Words = Words { en: "Customer", zh: "客户" };
/// What kind of matter it is.
pub const KIND: Words = Words { en: "About", zh: "类型" };
/// Which queue has it.
pub const QUEUE: Words = Words { en: "Queue", zh: "队列" };
/// Until when.
pub const DUE: Words = Words { en: "Due", zh: "处理时限" };
