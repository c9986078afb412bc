"""What partnerships have reached: indicators, reports of progress, figures of the programme beside those published."""
