using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace Pester.Engine.Running;

/// <summary>Writes nowhere and answers nothing.</summary>
internal sealed class SilentUserInterface : PSHostUserInterface
{
    public override PSHostRawUserInterface? RawUI => null;

    public override void Write(string value)
    {
        // Nobody reads it.
    }

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value)
    {
        // Nobody reads it.
    }

    public override void WriteLine(string value)
    {
        // Nobody reads it.
    }

    public override void WriteErrorLine(string value)
    {
        // Nobody reads it.
    }

    public override void WriteDebugLine(string message)
    {
        // Nobody reads it.
    }

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        // Nobody reads it.
    }

    public override void WriteVerboseLine(string message)
    {
        // Nobody reads it.
    }

    public override void WriteWarningLine(string message)
    {
        // Nobody reads it.
    }

    public override string ReadLine() => throw Unanswered();

    public override SecureString ReadLineAsSecureString() => throw Unanswered();

    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions)
        => throw Unanswered();

    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
        => throw Unanswered();

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName)
        => throw Unanswered();

    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options)
        => throw Unanswered();

    private static PSInvalidOperationException Unanswered() => new("A test asks a question that nobody answers.");
}
