using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;
using System.Security;
using AzImageTools.Shell.Progress;
using AzImageTools.Shell.Prompting;

namespace AzImageTools.Shell.Hosting;

/// <summary>Writes the engine's streams to the terminal and asks the user what commands want to know.</summary>
internal sealed class ShellUserInterface : PSHostUserInterface, IHostUISupportsMultipleChoiceSelection
{
    private readonly Lock _writing = new();
    private readonly Terminal _terminal;
    private readonly IProgressDisplay _progress;
    private readonly InputReader _input;
    private bool _lineIsOpen;
    private bool _outputIsError;

    public ShellUserInterface(Terminal terminal, bool nonInteractive)
    {
        _terminal = terminal;
        _input = new InputReader(this, terminal.InputIsTerminal && !nonInteractive);
        _progress = terminal.CanRedraw
            ? new TerminalProgress(Console.Error, () => terminal.Width, TimeProvider.System)
            : new PlainProgress(Console.Error, TimeProvider.System);
        RawUI = new ShellRawUserInterface(terminal);
    }

    public override PSHostRawUserInterface RawUI { get; }

    public override bool SupportsVirtualTerminal => _terminal.UsesColour;

    /// <summary>Lets what is formatted in <paramref name="show"/> go where errors go.</summary>
    public void WriteAsError(Action show)
    {
        _outputIsError = true;
        try
        {
            show();
        }
        finally
        {
            _outputIsError = false;
        }
    }

    public override void Write(string value) => Write(Console.Out, value, string.Empty);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
        => Write(Console.Out, value, ColourFor(foregroundColor, backgroundColor));

    public override void WriteLine(string value)
    {
        if (_outputIsError)
        {
            WriteErrorLine(value);
        }
        else
        {
            Write(Console.Out, value + Environment.NewLine, string.Empty);
        }
    }

    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
    {
        lock (_writing)
        {
            Write(foregroundColor, backgroundColor, value);
            Write(Environment.NewLine);
        }
    }

    public override void WriteErrorLine(string value)
    {
        if (string.IsNullOrEmpty(value))
        {
            return; // The view ends with an empty line.
        }

        Write(Console.Error, value + Environment.NewLine, string.Empty);
    }

    public override void WriteWarningLine(string message) => WriteMessage("WARNING: ", message);

    public override void WriteVerboseLine(string message) => WriteMessage("VERBOSE: ", message);

    public override void WriteDebugLine(string message) => WriteMessage("DEBUG: ", message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_writing)
        {
            if (!_lineIsOpen || !_terminal.CanRedraw)
            {
                _progress.Show(sourceId, record);
            }
        }
    }

    /// <summary>Takes down what a command left of its progress when it ended.</summary>
    public void EndProgress()
    {
        lock (_writing)
        {
            _progress.Clear();
        }
    }

    /// <summary>Told when the terminal began a line of itself, because the user ended one.</summary>
    public void LineEnded()
    {
        lock (_writing)
        {
            _lineIsOpen = false;
        }
    }

    /// <summary>Shows a prompt and reads a command; null at the end of the input.</summary>
    public string? ReadCommand(string prompt)
    {
        Write(prompt);
        return _input.ReadLineIfAny();
    }

    public override string ReadLine() => _input.ReadLine();

    public override SecureString ReadLineAsSecureString() => _input.ReadSecret();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
        => new FieldPrompt(this, _input).Ask(caption, message, descriptions);

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        => new ChoicePrompt(this, _input).AskOne(caption, message, choices, defaultChoice);

    public Collection<int> PromptForChoice(string? caption, string? message, Collection<ChoiceDescription> choices, IEnumerable<int>? defaultChoices)
        => new ChoicePrompt(this, _input).AskMany(caption, message, choices, [.. defaultChoices ?? []]);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
        => PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
        => new CredentialPrompt(this, _input).Ask(caption, message, userName);

    private void WriteMessage(string prefix, string message)
        => WriteLine(ConsoleColor.Yellow, (ConsoleColor)(-1), prefix + message);

    private string ColourFor(ConsoleColor foreground, ConsoleColor background)
    {
        if (!_terminal.UsesColour)
        {
            return string.Empty;
        }

        string front = Enum.IsDefined(foreground) && foreground != RawUI.ForegroundColor ? AnsiColour.Foreground(foreground) : string.Empty;
        string back = Enum.IsDefined(background) && background != RawUI.BackgroundColor ? AnsiColour.Background(background) : string.Empty;
        return front + back;
    }

    private void Write(TextWriter stream, string? value, string colour)
    {
        if (string.IsNullOrEmpty(value))
        {
            return;
        }

        // The views of errors and tables come with colours of their own.
        bool keepsColour = ReferenceEquals(stream, Console.Error) ? _terminal.ErrorUsesColour : _terminal.UsesColour;
        string text = keepsColour ? value : new StringDecorated(value).ToString(OutputRendering.PlainText);
        lock (_writing)
        {
            _progress.Hide();
            stream.Write(colour.Length == 0 ? text : colour + text + AnsiColour.Reset);
            stream.Flush();
            _lineIsOpen = value[^1] != '\n';
        }
    }
}
