using System.Globalization;

namespace AzImageTools.Shell.Hosting;

/// <summary>What the three standard streams are connected to, and so what may be written to them.</summary>
internal sealed class Terminal
{
    private const int WidthWhenRedirected = 120;

    public Terminal()
    {
        bool colourWanted = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && !string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
        OutputIsTerminal = !Console.IsOutputRedirected;
        ErrorIsTerminal = !Console.IsErrorRedirected;
        bool understands = !OperatingSystem.IsWindows() || WindowsConsole.TryEnableAnsi();
        UsesColour = OutputIsTerminal && colourWanted && understands;
        ErrorUsesColour = ErrorIsTerminal && colourWanted && understands;
        CanRedraw = ErrorIsTerminal && understands && !string.Equals(Environment.GetEnvironmentVariable("TERM"), "dumb", StringComparison.Ordinal);
    }

    /// <summary>True when somebody can answer a prompt.</summary>
    public bool InputIsTerminal { get; } = !Console.IsInputRedirected;

    public bool OutputIsTerminal { get; }

    public bool ErrorIsTerminal { get; }

    public bool UsesColour { get; }

    public bool ErrorUsesColour { get; }

    /// <summary>True when a line already written to standard error can be replaced.</summary>
    public bool CanRedraw { get; }

    /// <summary>Columns that a line may fill.</summary>
    public int Width
    {
        get
        {
            if (OutputIsTerminal && Console.WindowWidth > 0)
            {
                return Console.WindowWidth;
            }

            return int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns is > 20 and < 10_000
                ? columns
                : WidthWhenRedirected;
        }
    }
}
