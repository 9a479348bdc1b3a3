"""Message texts as folders of media, and the catalogue that renders and checks them."""
