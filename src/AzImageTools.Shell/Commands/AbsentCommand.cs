using System.Management.Automation;

namespace AzImageTools.Shell.Commands;

/// <summary>Stands where a cmdlet of an absent module is called, and says so. It takes whatever the call gives it.</summary>
public sealed class AbsentCommand : PSCmdlet
{
    /// <summary>What the absent cmdlet would have been given.</summary>
    [Parameter(ValueFromRemainingArguments = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object[]? ArgumentList { get; set; }

    /// <summary>What would have been piped into it.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        string name = MyInvocation.MyCommand.Name;
        CommandNotFoundException absent = new(AbsentCommands.Explain(name)) { CommandName = name };
        ThrowTerminatingError(new ErrorRecord(absent, "CommandNotInThisShell", ErrorCategory.ObjectNotFound, name));
    }
}
