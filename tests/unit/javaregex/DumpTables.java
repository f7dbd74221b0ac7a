import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prints what this JDK knows of code points: property sets, scripts, blocks, case mappings, grapheme
 * types and names.  Asked through the public interface wherever there is one; block and script names
 * and grapheme types need --add-opens (see pack_tables.py).  One fact a line, tab separated.
 */
public final class DumpTables {
    private static final String[] PROPERTIES = {
        "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
        "Cf", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf", "L", "M",
        "N", "Z", "C", "P", "S", "LC", "LD", "L1", "all", "ASCII", "Alnum", "Alpha", "Blank", "Cntrl",
        "Digit", "Graph", "Lower", "Print", "Punct", "Space", "Upper", "XDigit", "javaLowerCase",
        "javaUpperCase", "javaAlphabetic", "javaIdeographic", "javaTitleCase", "javaDigit",
        "javaDefined", "javaLetter", "javaLetterOrDigit", "javaJavaIdentifierStart",
        "javaJavaIdentifierPart", "javaUnicodeIdentifierStart", "javaUnicodeIdentifierPart",
        "javaIdentifierIgnorable", "javaSpaceChar", "javaWhitespace", "javaISOControl", "javaMirrored"};
    private static final String[] BINARY = {
        "ALPHABETIC", "ASSIGNED", "CONTROL", "HEXDIGIT", "HEX_DIGIT", "IDEOGRAPHIC", "JOINCONTROL",
        "JOIN_CONTROL", "LETTER", "LOWERCASE", "NONCHARACTERCODEPOINT", "NONCHARACTER_CODE_POINT",
        "TITLECASE", "PUNCTUATION", "UPPERCASE", "WHITESPACE", "WHITE_SPACE", "WORD"};
    private static final String[] POSIX = {
        "ALPHA", "LOWER", "UPPER", "SPACE", "PUNCT", "XDIGIT", "ALNUM", "CNTRL", "DIGIT", "BLANK",
        "GRAPH", "PRINT"};
    private static final String[] SHORT = {"w", "d", "s"};

    private static PrintStream out;

    public static void main(String[] args) throws Exception {
        out = new PrintStream(System.out, false, "UTF-8");
        for (String name : PROPERTIES) pattern("property", name, "\\p{" + name + "}");
        for (String name : BINARY) pattern("is", name, "\\p{Is" + name + "}");
        for (String name : POSIX) pattern("is", name, "\\p{Is" + name + "}");
        for (String name : POSIX) pattern("posixU", name, "(?U)\\p{" + name + "}");
        for (String name : SHORT) pattern("shortU", name, "(?U)\\" + name);
        set("base", "letterOrDigit", Character::isLetterOrDigit);
        scripts();
        blocks();
        mapping("upper", Character::toUpperCase);
        mapping("lower", Character::toLowerCase);
        graphemes();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            String name = Character.getName(c);
            if (name != null) out.println("name\t" + Integer.toHexString(c) + "\t" + name);
        }
        out.flush();
    }

    private static void pattern(String kind, String name, String text) {
        for (String flag : new String[] {"", "(?i)"}) {
            Matcher matcher = Pattern.compile(flag + text).matcher("");
            set(kind + (flag.isEmpty() ? "" : "-i"), name, c -> matcher.reset(Character.toString(c)).matches());
        }
    }

    private static void set(String kind, String name, IntPredicate in) {
        StringBuilder line = new StringBuilder(kind + "\t" + name + "\t");
        boolean before = false;
        for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean now = c <= Character.MAX_CODE_POINT && in.test(c);
            if (now != before) line.append(Integer.toHexString(c)).append(' ');
            before = now;
        }
        out.println(line);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Class<?> owner, String field) throws Exception {
        Field f = owner.getDeclaredField(field);
        f.setAccessible(true);
        return new TreeMap<>((Map<String, Object>) f.get(null));
    }

    private static void scripts() throws Exception {
        for (Character.UnicodeScript s : Character.UnicodeScript.values())
            set("script", s.name(), c -> Character.UnicodeScript.of(c) == s);
        for (Map.Entry<String, Object> e : map(Character.UnicodeScript.class, "aliases").entrySet())
            out.println("script-alias\t" + e.getKey() + "\t" + e.getValue());
    }

    private static void blocks() throws Exception {
        for (Map.Entry<String, Object> e : map(Character.UnicodeBlock.class, "map").entrySet()) {
            Object block = e.getValue();
            if (block.toString().equals(e.getKey()))
                set("block", e.getKey(), c -> Character.UnicodeBlock.of(c) == block);
            out.println("block-alias\t" + e.getKey() + "\t" + block);
        }
    }

    private static void mapping(String kind, IntUnaryOperator to) {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++)
            if (to.applyAsInt(c) != c)
                out.println(kind + "\t" + Integer.toHexString(c) + "\t" + Integer.toHexString(to.applyAsInt(c)));
    }

    private static void graphemes() throws Exception {
        Method type = Class.forName("java.util.regex.Grapheme").getDeclaredMethod("getType", int.class);
        type.setAccessible(true);
        int[] types = new int[Character.MAX_CODE_POINT + 1];
        for (int c = 0; c < types.length; c++) types[c] = (Integer) type.invoke(null, c);
        for (int t = 1; t <= 14; t++) {
            int wanted = t;
            set("grapheme", Integer.toString(t), c -> types[c] == wanted);
        }
    }
}
