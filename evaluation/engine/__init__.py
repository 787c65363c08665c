"""What has to run in the engine environment, beside Rasa; started as processes of their own."""
