using AzImageTools.Benchmarks;

switch (args)
{
    case ["convert", .. string[] options]:
        return ConvertBenchmark.Run(options);
    case ["freespace", .. string[] options]:
        return FreeSpaceBenchmark.Run(options);
    case [EngineProcess.ConvertMode, string source, string destination, string flush]:
        return EngineProcess.Convert(source, destination, flush == EngineProcess.Flushed);
    case [EngineProcess.ScanMode, string source]:
        return EngineProcess.Scan(source);
    case [EngineProcess.ExtentsMode, string source]:
        return EngineProcess.FindExtents(source);
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project tests/Benchmarks -- convert [--size GIB] [--runs N] [--folder PATH] | freespace [--size GIB] [--folder PATH]");
        return 2;
}
