using System.Management.Automation.Host;

namespace AzImageTools.Shell.Hosting;

/// <summary>The terminal as a grid of cells, as far as formatting and scripts need it.</summary>
internal sealed class ShellRawUserInterface(Terminal terminal) : PSHostRawUserInterface
{
    private const int HeightWhenRedirected = 50;

    public override ConsoleColor ForegroundColor { get; set; } = ConsoleColor.Gray;

    public override ConsoleColor BackgroundColor { get; set; } = ConsoleColor.Black;

    public override Size BufferSize
    {
        get => new(terminal.Width, Height);
        set => throw new HostException("The size of this terminal is set outside the shell.");
    }

    public override Size WindowSize
    {
        get => BufferSize;
        set => BufferSize = value;
    }

    public override Size MaxWindowSize => BufferSize;

    public override Size MaxPhysicalWindowSize => BufferSize;

    public override Coordinates WindowPosition
    {
        get => new(0, 0);
        set => throw new HostException("This terminal cannot be scrolled from the shell.");
    }

    public override Coordinates CursorPosition
    {
        get => terminal.OutputIsTerminal && terminal.InputIsTerminal
            ? new Coordinates(Console.CursorLeft, Console.CursorTop)
            : new Coordinates(0, 0);
        set
        {
            if (terminal.OutputIsTerminal)
            {
                Console.SetCursorPosition(value.X, value.Y);
            }
        }
    }

    public override int CursorSize
    {
        get => 25;
        set => throw new HostException("The cursor of this terminal cannot be changed from the shell.");
    }

    public override string WindowTitle
    {
        get => OperatingSystem.IsWindows() ? Console.Title : string.Empty;
        set
        {
            if (terminal.OutputIsTerminal)
            {
                Console.Title = value;
            }
        }
    }

    public override bool KeyAvailable => terminal.InputIsTerminal && Console.KeyAvailable;

    private int Height => terminal.OutputIsTerminal && Console.WindowHeight > 0 ? Console.WindowHeight : HeightWhenRedirected;

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        if (!terminal.InputIsTerminal)
        {
            throw new HostException("A key cannot be read: standard input is not a terminal.");
        }

        ConsoleKeyInfo key = Console.ReadKey(intercept: options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, Modifiers(key.Modifiers), keyDown: true);
    }

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
        {
            Console.ReadKey(intercept: true);
        }
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle)
        => throw new HostException("What stands on this terminal cannot be read back.");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents)
        => throw new HostException("Cells of this terminal cannot be written one by one.");

    /// <summary>Clears the screen when asked for all of it, as Clear-Host does.</summary>
    public override void SetBufferContents(Rectangle rectangle, BufferCell fill)
    {
        if (rectangle is not { Left: -1, Top: -1, Right: -1, Bottom: -1 })
        {
            throw new HostException("Cells of this terminal cannot be written one by one.");
        }

        if (terminal.OutputIsTerminal)
        {
            Console.Clear();
        }
    }

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill)
        => throw new HostException("This terminal cannot be scrolled from the shell.");

    private static ControlKeyStates Modifiers(ConsoleModifiers pressed)
    {
        ControlKeyStates state = default;
        if (pressed.HasFlag(ConsoleModifiers.Alt))
        {
            state |= ControlKeyStates.LeftAltPressed;
        }

        if (pressed.HasFlag(ConsoleModifiers.Control))
        {
            state |= ControlKeyStates.LeftCtrlPressed;
        }

        if (pressed.HasFlag(ConsoleModifiers.Shift))
        {
            state |= ControlKeyStates.ShiftPressed;
        }

        return state;
    }
}
