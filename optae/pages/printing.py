"""Print a page to PDF by an installed browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WINDOW = "1280,900"  # pixels, so that charts are drawn as large as they are printed
PATIENCE = 120  # seconds that printing may take


def printed(page: Path, pdf: Path) -> Path:
    """Print a page to a PDF. Raises ValueError if there is no browser or it fails."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        raise ValueError("`pdf` needs Chromium or Chrome to print, and there is none: install chromium")
    if pdf.exists() and not (pdf.is_file() and pdf.read_bytes()[:5] == b"%PDF-"):
        raise ValueError(f"'{pdf}' exists and is not a PDF: choose another file")
    words = [program, "--headless", "--disable-gpu", "--no-pdf-header-footer", "--virtual-time-budget=5000"]
    words += ["--no-sandbox"] * (sys.platform != "win32" and os.geteuid() == 0)
    words += [f"--window-size={WINDOW}", f"--print-to-pdf={pdf.resolve()}", page.resolve().as_uri()]
    before = pdf.stat().st_mtime_ns if pdf.exists() else 0
    try:
        subprocess.run(words, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ValueError(f"{program} has not printed '{page}' in {PATIENCE} seconds") from None
    if not pdf.is_file() or pdf.stat().st_mtime_ns == before:
        raise ValueError(f"{program} could not print '{pdf}': open '{page}' and print it from there")
    return pdf
