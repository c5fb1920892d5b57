//! Kinds of recommendations, by the names pages know them by (docs/reference/06-autocomplete-and-others.md §7.3).

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// Resembles what is looked at.
    Alternatives,
    /// Is bought together with what is looked at.
    Complements,
    /// Is bought together with what was put into the basket last.
    BasketPopup,
    /// Is bought together with all of the basket.
    Basket,
    /// What the client bought most often.
    Favorites,
    /// Goes with what the client bought.
    ConversionBased,
    /// Resembles what the client clicked and did not buy.
    ClickBased,
    Category,
    Brand,
    TopCategories,
    Trends,
    News,
    NewsByLabel,
    Discount,
    DiscountByLabel,
    LastSeen,
    RecentlyOrdered,
    ArticleItems,
    ArticleArticles,
    Random,
    RandomNews,
}

const NAMES: [(&str, Model); 23] = [
    ("test_reco", Model::Trends),
    ("item_detail_alternatives", Model::Alternatives),
    ("item_detail_visual_alternatives", Model::Alternatives),
    ("item_detail_complements", Model::Complements),
    ("basket_popup", Model::BasketPopup),
    ("basket", Model::Basket),
    ("favorites", Model::Favorites),
    ("user_conversion_based", Model::ConversionBased),
    ("user_click_based", Model::ClickBased),
    ("category", Model::Category),
    ("brand", Model::Brand),
    ("top_categories", Model::TopCategories),
    ("trends", Model::Trends),
    ("news", Model::News),
    ("news_by_label", Model::NewsByLabel),
    ("discount", Model::Discount),
    ("discount_by_label", Model::DiscountByLabel),
    ("last_seen", Model::LastSeen),
    ("recently_ordered", Model::RecentlyOrdered),
    ("article_items", Model::ArticleItems),
    ("article_articles", Model::ArticleArticles),
    ("random", Model::Random),
    ("random_news", Model::RandomNews),
];

impl Model {
    /// By its name; sites number theirs and add to them: a name that is not known means the longest known one that
    /// it continues after `_`, else what is popular.
    pub fn named(name: &str) -> Self {
        let is_meant = |known: &str| {
            let rest = name.strip_prefix(known);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        };
        let meant = NAMES.iter().filter(|(known, _)| is_meant(known));
        let longest = meant.max_by_key(|(known, _)| known.len());
        longest.map_or(Self::Trends, |(_, model)| *model)
    }

    /// Whether what is popular is shown where the model has too little to say. What a client did itself is nothing
    /// that others can stand in for.
    pub fn has_fallback(self) -> bool {
        !matches!(self, Self::LastSeen | Self::RecentlyOrdered)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("trends", Model::Trends)]
    #[case("bestsellers", Model::Trends)]
    #[case("", Model::Trends)]
    #[case("basket", Model::Basket)]
    #[case("basket_recommender", Model::Basket)]
    #[case("basket_popup_2", Model::BasketPopup)]
    #[case("baskets", Model::Trends)]
    #[case("item_detail_complements_1", Model::Complements)]
    #[case("item_detail_alternatives_original", Model::Alternatives)]
    #[case("item_detail_visual_alternatives", Model::Alternatives)]
    #[case("news_by_label", Model::NewsByLabel)]
    #[case("news_by_labels", Model::News)]
    #[case("random_news_x", Model::RandomNews)]
    #[case("Trends", Model::Trends)]
    #[case("Basket", Model::Trends)]
    fn names_mean_models(#[case] name: &str, #[case] model: Model) {
        assert_eq!(Model::named(name), model);
    }
}
