//! The village supermarket's shelf: what there is and what it costs.

use crate::bank::BranchState;

/// The shelf.
pub(in crate::web) struct Shelf {
    pub(in crate::web) goods: Vec<Goods>,
    /// What all of it costs together, in points.
    pub(in crate::web) worth: i64,
}

/// One kind of goods.
pub(in crate::web) struct Goods {
    pub(in crate::web) title: String,
    pub(in crate::web) measure: String,
    pub(in crate::web) points: u32,
    pub(in crate::web) stock: i64,
    /// Pieces for one household in one month; 0: no limit.
    pub(in crate::web) month_limit: u32,
}

impl Shelf {
    /// Cheapest first, as people look for what their points buy.
    pub(in crate::web) fn of(state: &BranchState) -> Shelf {
        let goods = state.shelves.values().map(|shelf| Goods {
            title: shelf.price.title.clone(),
            measure: shelf.price.measure.clone(),
            points: shelf.price.points,
            stock: shelf.stock,
            month_limit: shelf.price.month_limit,
        });
        let mut goods: Vec<Goods> = goods.collect();
        goods.sort_by_key(|goods| goods.points);
        // Stock and prices are bounded far below what could overflow here.
        let worth = goods.iter().map(|goods| goods.stock.max(0) * i64::from(goods.points)).sum();
        Shelf { goods, worth }
    }
}
