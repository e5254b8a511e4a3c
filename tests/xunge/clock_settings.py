"""Settings with which tests let the clock do one thing and leave the others to their own tests."""

OFF = '\n[clock]\nweekly_report_time = ""\nmonthly_report_time = ""\n'
FRIDAYS = OFF + 'weekly_day = "fri"\nweekly_time = "16:00"\n'
ALONE = '\n[reminders]\nchannels = ""\n[backup]\ntime = ""\n'
NO_DOCUMENTS = """
[due.documents]
weekly_report = { use = false }
monthly_report = { use = false }
exposure_list = { use = false }
"""
