"""Data of other systems as merchants of their own, and past baskets priced again through draft rules."""
