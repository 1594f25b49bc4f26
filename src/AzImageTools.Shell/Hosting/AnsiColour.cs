namespace AzImageTools.Shell.Hosting;

/// <summary>The console's sixteen colours as ANSI SGR parameters (ECMA-48 §8.3.117, and the bright range 90–107).</summary>
internal static class AnsiColour
{
    public const string Reset = "\u001b[0m";

    /// <summary>The numbers 0–7 in the order of the SGR colours: black, red, green, yellow, blue, magenta, cyan, white.</summary>
    private static readonly int[] SgrNumbers = [0, 4, 2, 6, 1, 5, 3, 7];

    public static string Foreground(ConsoleColor colour) => $"\u001b[{Number(colour, 30)}m";

    public static string Background(ConsoleColor colour) => $"\u001b[{Number(colour, 40)}m";

    /// <summary>ConsoleColor is blue-green-red with an intensity bit; SGR is red-green-blue. DarkGray is bright black.</summary>
    private static int Number(ConsoleColor colour, int range) => colour switch
    {
        ConsoleColor.Gray => range + 7,
        ConsoleColor.DarkGray => range + 60,
        ConsoleColor.White => range + 67,
        >= ConsoleColor.Blue => range + 60 + SgrNumbers[(int)colour & 7],
        _ => range + SgrNumbers[(int)colour & 7],
    };
}
