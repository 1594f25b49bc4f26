using System.Management.Automation;

namespace AzImageTools.Tests.Pipeline;

/// <summary>Ends the pipeline after the first object, as an error in a later command would.</summary>
[Cmdlet(VerbsCommon.Select, "FirstOne")]
public sealed class SelectFirstOneCommand : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        WriteObject(InputObject);
        throw new PipelineStoppedException();
    }
}
