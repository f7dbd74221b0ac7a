import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Answers pattern and value pairs as this JDK does.  In: lines "pattern TAB value", UTF-16 code units
 * outside of printable ASCII, and backslashes, as \\uXXXX.  Out, one a line: 1 or 0 for
 * Matcher.matches(); E where the pattern is refused; D where the answer took too long, S where the
 * stack was exhausted, X where matching failed in another way.
 */
public final class Oracle {
    private static final int MAX_READS = 3_000_000;

    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super(null, null, false, false);
        }
    }

    /** A value that may be read only so often, since Java's own matching has no time limit. */
    private static final class Value implements CharSequence {
        private final String text;
        private int reads;

        Value(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++reads > MAX_READS) throw new TooLong();
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static String unescape(String line) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                c = (char) Integer.parseInt(line.substring(i + 2, i + 6), 16);
                i += 5;
            }
            out.append(c);
        }
        return out.toString();
    }

    private static String answer(String pattern, String value) {
        Pattern compiled;
        try {
            compiled = Pattern.compile(pattern);
        } catch (PatternSyntaxException | IndexOutOfBoundsException e) {
            return "E";
        } catch (StackOverflowError e) {
            return "S";
        } catch (RuntimeException e) {
            return "E";
        }
        try {
            return compiled.matcher(new Value(value)).matches() ? "1" : "0";
        } catch (TooLong e) {
            return "D";
        } catch (StackOverflowError e) {
            return "S";
        } catch (RuntimeException e) {
            return "X";
        }
    }

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        PrintStream out = new PrintStream(System.out, false, "US-ASCII");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int tab = line.indexOf('\t');
            out.println(answer(unescape(line.substring(0, tab)), unescape(line.substring(tab + 1))));
        }
        out.flush();
    }
}
