"""The demo kitchen: painted dishes of the 101 Food-101 classes whose causes of confusion are known."""
