package dev.ngbak.spi;

/** A password or key. Its text form is stars, so that it cannot slip into a message. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("an empty secret");
        }
        this.value = value;
    }

    /** The secret itself; hand it to the driver and keep it nowhere else. */
    public String reveal() {
        return value;
    }

    /** A text that somebody else wrote, such as a server's answer, with stars wherever this secret is in it. */
    public String hiddenIn(String text) {
        return text.replace(value, toString());
    }

    @Override
    public String toString() {
        return "***";
    }
}
